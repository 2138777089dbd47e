//! JSON, read and written as [`Value`]s.

use std::fmt::Write;

use crate::{Error, Result, Value};

/// How deep arrays and objects may nest.
const MAX_DEPTH: u32 = 64;

impl Value {
    /// The value as JSON. Bytes become an array of numbers, a moment its text, a number that JSON cannot say `null`.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        write(self, &mut json);
        json
    }

    /// A value of JSON; an error says at which byte it is none.
    pub fn from_json(json: &str) -> Result<Value> {
        parse(json)
    }
}

fn write(value: &Value, json: &mut String) {
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Nil => json.write_str("null"),
        Value::Bool(value) => write!(json, "{}", value),
        Value::Int(value) => write!(json, "{}", value),
        Value::UInt(value) => write!(json, "{}", value),
        Value::Float(value) if value.is_finite() => write!(json, "{}", value),
        Value::Float(_) => json.write_str("null"),
        Value::Text(text) => {
            quote(text, json);
            Ok(())
        }
        Value::Timestamp(moment) => write!(json, "\"{}\"", moment),
        Value::Bytes(bytes) | Value::Extension(_, bytes) => {
            list(json, "[", bytes, "]", |byte, json| {
                let _ = write!(json, "{}", byte);
            });
            Ok(())
        }
        Value::Array(values) => {
            list(json, "[", values, "]", write);
            Ok(())
        }
        Value::Map(entries) => {
            list(json, "{", entries, "}", |(key, value), json| {
                match key {
                    Value::Text(key) => quote(key, json),
                    other => quote(&other.to_json(), json),
                }
                json.push(':');
                write(value, json);
            });
            Ok(())
        }
    };
}

fn list<T>(json: &mut String, open: &str, items: &[T], close: &str, mut item: impl FnMut(&T, &mut String)) {
    json.push_str(open);
    for (index, one) in items.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        item(one, json);
    }
    json.push_str(close);
}

fn quote(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            // `<` so that JSON may stand in a page's script.
            '\0'..='\x1f' | '<' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(json, "\\u{:04x}", character as u32);
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

pub(crate) fn parse(json: &str) -> Result<Value> {
    let mut parser = Parser { text: json, at: 0 };
    let value = parser.value(MAX_DEPTH)?;
    if parser.peek().is_some() {
        return Err(parser.wrong("the end"));
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn wrong(&self, expected: &str) -> Error {
        Error::new(400, format!("no JSON: expected {} at byte {}", expected, self.at))
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    fn eat(&mut self, byte: u8, expected: &str) -> Result<()> {
        if self.peek() != Some(byte) {
            return Err(self.wrong(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.wrong("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self, depth: u32) -> Result<Value> {
        let depth = depth.checked_sub(1).ok_or_else(|| self.wrong("fewer levels"))?;
        match self.peek() {
            Some(b'{') => {
                let mut entries = Vec::new();
                self.items(b'}', |parser| {
                    parser.peek();
                    let key = parser.string()?;
                    parser.eat(b':', "a colon")?;
                    entries.push((Value::Text(key), parser.value(depth)?));
                    Ok(())
                })?;
                Ok(Value::Map(entries))
            }
            Some(b'[') => {
                let mut values = Vec::new();
                self.items(b']', |parser| {
                    values.push(parser.value(depth)?);
                    Ok(())
                })?;
                Ok(Value::Array(values))
            }
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Nil),
            _ => self.number(),
        }
    }

    /// From the bracket that opens to the one that closes.
    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.at += 1;
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(byte) if byte == close => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.wrong("a comma or the end of the list")),
            }
        }
    }

    fn number(&mut self) -> Result<Value> {
        let rest = &self.text[self.at..];
        let is_part = |character: char| character.is_ascii_digit() || "+-.eE".contains(character);
        let number = &rest[..rest.find(|character| !is_part(character)).unwrap_or(rest.len())];
        let digits = number.strip_prefix('-').unwrap_or(number);
        let has_zero_in_front = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let is_plain = digits.starts_with(|first: char| first.is_ascii_digit()) && !digits.ends_with('.');
        let lacks_fraction = digits.contains(".e") || digits.contains(".E");
        if !is_plain || (has_zero_in_front && !digits[1..].starts_with(['e', 'E'])) || lacks_fraction {
            return Err(self.wrong("a value"));
        }
        let integer = number.parse().map(Value::Int).or_else(|_| number.parse().map(Value::UInt));
        let value = match integer {
            Ok(value) => value,
            // One that is too large for any number would become infinite, which JSON cannot say.
            Err(_) => match number.parse::<f64>() {
                Ok(value) if value.is_finite() => Value::Float(value),
                _ => return Err(self.wrong("a number")),
            },
        };
        self.at += number.len();
        Ok(value)
    }

    fn string(&mut self) -> Result<String> {
        if self.byte() != Some(b'"') {
            return Err(self.wrong("a string"));
        }
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|character| matches!(character, '"' | '\\' | '\0'..='\x1f'));
            let plain = plain.ok_or_else(|| self.wrong("the end of the string"))?;
            text.push_str(&rest[..plain]);
            self.at += plain;
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.wrong("no control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let mut character = match self.text.as_bytes().get(self.at + 1) {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => '\u{fffd}',
            _ => return Err(self.wrong("an escape")),
        };
        let is_code = self.text.as_bytes()[self.at + 1] == b'u';
        self.at += 2;
        if is_code {
            let high = self.code()?;
            character = char::from_u32(high).unwrap_or('\u{fffd}');
            if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
                let before = self.at;
                self.at += 2;
                let low = self.code()?;
                match low {
                    0xdc00..=0xdfff => {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        character = char::from_u32(code).unwrap_or('\u{fffd}');
                    }
                    _ => self.at = before,
                }
            }
        }
        Ok(character)
    }

    /// Four hexadecimal digits.
    fn code(&mut self) -> Result<u32> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or("");
        if digits.len() < 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.wrong("four hexadecimal digits"));
        }
        self.at += 4;
        Ok(u32::from_str_radix(digits, 16)?)
    }
}
