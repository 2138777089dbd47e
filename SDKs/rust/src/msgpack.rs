//! MessagePack, as the host speaks it. Reading is total: no bytes make it fail otherwise than with [`Malformed`], and
//! nothing is allocated for a length before the bytes are there.

mod reader;

pub use reader::{Reader, Record};

use crate::{Timestamp, Value};

/// The bytes are no MessagePack, or not the record that they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Writes values one after the other.
#[derive(Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub fn new() -> Writer {
        Writer::default()
    }

    /// A writer that has begun a map of `count` entries.
    pub fn map_of(count: usize) -> Writer {
        let mut writer = Writer::new();
        writer.map(count);
        writer
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn head(&mut self, marker: u8, be: &[u8]) {
        self.bytes.push(marker);
        self.bytes.extend_from_slice(be);
    }

    /// A length behind one of three markers, for one, two and four bytes; the first may be missing.
    fn length(&mut self, markers: [u8; 3], count: usize) {
        if markers[0] != 0 && count <= 0xff {
            self.head(markers[0], &[count as u8]);
        } else if count <= 0xffff {
            self.head(markers[1], &(count as u16).to_be_bytes());
        } else {
            self.head(markers[2], &(count as u32).to_be_bytes());
        }
    }

    pub fn map(&mut self, count: usize) {
        if count < 16 {
            self.bytes.push(0x80 | count as u8);
        } else {
            self.length([0, 0xde, 0xdf], count);
        }
    }

    pub fn array(&mut self, count: usize) {
        if count < 16 {
            self.bytes.push(0x90 | count as u8);
        } else {
            self.length([0, 0xdc, 0xdd], count);
        }
    }

    pub fn text(&mut self, text: &str) {
        self.name(text.as_bytes());
    }

    /// A str whose bytes need not be UTF-8: names of files.
    pub fn name(&mut self, bytes: &[u8]) {
        if bytes.len() < 32 {
            self.bytes.push(0xa0 | bytes.len() as u8);
        } else {
            self.length([0xd9, 0xda, 0xdb], bytes.len());
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub fn binary(&mut self, bytes: &[u8]) {
        self.length([0xc4, 0xc5, 0xc6], bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    pub fn nil(&mut self) {
        self.bytes.push(0xc0);
    }

    pub fn bool(&mut self, value: bool) {
        self.bytes.push(if value { 0xc3 } else { 0xc2 });
    }

    pub fn uint(&mut self, value: u64) {
        if value < 0x80 {
            self.bytes.push(value as u8);
        } else if value <= 0xffff_ffff {
            self.head(0xce, &(value as u32).to_be_bytes());
        } else {
            self.head(0xcf, &value.to_be_bytes());
        }
    }

    pub fn int(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.uint(value),
            Err(_) if value >= -32 => self.bytes.push(value as u8),
            Err(_) => self.head(0xd3, &value.to_be_bytes()),
        }
    }

    pub fn float(&mut self, value: f64) {
        self.head(0xcb, &value.to_bits().to_be_bytes());
    }

    pub fn timestamp(&mut self, moment: Timestamp) {
        self.head(0xc7, &[12, 0xff]);
        self.bytes.extend_from_slice(&moment.nanoseconds.to_be_bytes());
        self.bytes.extend_from_slice(&moment.seconds.to_be_bytes());
    }

    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Nil => self.nil(),
            Value::Bool(value) => self.bool(*value),
            Value::Int(value) => self.int(*value),
            Value::UInt(value) => self.uint(*value),
            Value::Float(value) => self.float(*value),
            Value::Text(text) => self.text(text),
            Value::Bytes(bytes) => self.binary(bytes),
            Value::Array(values) => self.values(values),
            Value::Map(entries) => {
                self.map(entries.len());
                for (key, value) in entries {
                    self.value(key);
                    self.value(value);
                }
            }
            Value::Timestamp(moment) => self.timestamp(*moment),
            Value::Extension(kind, bytes) => {
                self.length([0xc7, 0xc8, 0xc9], bytes.len());
                self.bytes.push(*kind as u8);
                self.bytes.extend_from_slice(bytes);
            }
        }
    }

    pub fn values(&mut self, values: &[Value]) {
        self.array(values.len());
        for value in values {
            self.value(value);
        }
    }

    pub fn texts(&mut self, texts: &[String]) {
        self.array(texts.len());
        for text in texts {
            self.text(text);
        }
    }

    pub fn pairs(&mut self, pairs: &[(String, String)]) {
        self.map(pairs.len());
        for (name, value) in pairs {
            self.text(name);
            self.text(value);
        }
    }
}
