use super::Malformed;
use crate::{Timestamp, Value};

type Read<T> = std::result::Result<T, Malformed>;

/// How deep values may nest; the host's own bound.
const MAX_DEPTH: u32 = 64;

/// What stands in front of a value, or the value itself where it is a single one.
enum Head<'a> {
    One(Value),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Array(usize),
    Map(usize),
    Extension(i8, &'a [u8]),
}

/// Reads values one after the other.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        if count > self.bytes.len() {
            return Err(Malformed);
        }
        let (front, rest) = self.bytes.split_at(count);
        self.bytes = rest;
        Ok(front)
    }

    /// A number of `count` bytes, the highest first.
    fn word(&mut self, count: usize) -> Read<u64> {
        Ok(self.take(count)?.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)))
    }

    fn extension(&mut self, count: usize) -> Read<Head<'a>> {
        let kind = self.word(1)? as u8 as i8;
        Ok(Head::Extension(kind, self.take(count)?))
    }

    fn head(&mut self) -> Read<Head<'a>> {
        let marker = self.word(1)? as u8;
        // Bytes of what follows the marker, in each group of markers: 1, 2, 4, 8.
        let width = |first: u8| 1_usize << (marker - first);
        Ok(match marker {
            0x00..=0x7f => Head::One(Value::Int(marker.into())),
            0x80..=0x8f => Head::Map((marker & 0x0f).into()),
            0x90..=0x9f => Head::Array((marker & 0x0f).into()),
            0xa0..=0xbf => Head::Text(self.take((marker & 0x1f).into())?),
            0xc0 => Head::One(Value::Nil),
            0xc1 => return Err(Malformed),
            0xc2 | 0xc3 => Head::One(Value::Bool(marker == 0xc3)),
            0xc4..=0xc6 => {
                let count = self.word(width(0xc4))? as usize;
                Head::Bytes(self.take(count)?)
            }
            0xc7..=0xc9 => {
                let count = self.word(width(0xc7))? as usize;
                self.extension(count)?
            }
            0xca => Head::One(Value::Float(f32::from_bits(self.word(4)? as u32).into())),
            0xcb => Head::One(Value::Float(f64::from_bits(self.word(8)?))),
            0xcc..=0xcf => Head::One(self.word(width(0xcc))?.into()),
            0xd0..=0xd3 => {
                let count = width(0xd0);
                // The sign is the highest bit of what was read.
                let unused = 64 - 8 * count as u32;
                Head::One(Value::Int((self.word(count)? << unused) as i64 >> unused))
            }
            0xd4..=0xd8 => self.extension(width(0xd4))?,
            0xd9..=0xdb => {
                let count = self.word(width(0xd9))? as usize;
                Head::Text(self.take(count)?)
            }
            0xdc | 0xdd => Head::Array(self.word(2 * width(0xdc))? as usize),
            0xde | 0xdf => Head::Map(self.word(2 * width(0xde))? as usize),
            0xe0..=0xff => Head::One(Value::Int((marker as i8).into())),
        })
    }

    /// Passes over one value, however deep it is.
    pub fn skip(&mut self) -> Read<()> {
        let mut left: u64 = 1;
        while left > 0 {
            left -= 1;
            // Every value has a byte at least: what is claimed beyond the bytes ends at their end.
            left = left.saturating_add(match self.head()? {
                Head::Array(count) => count as u64,
                Head::Map(count) => 2 * count as u64,
                _ => 0,
            });
        }
        Ok(())
    }

    /// One value, as deep as the host allows.
    pub fn value(&mut self) -> Read<Value> {
        self.nested(MAX_DEPTH)
    }

    fn nested(&mut self, depth: u32) -> Read<Value> {
        let depth = depth.checked_sub(1).ok_or(Malformed)?;
        Ok(match self.head()? {
            Head::One(value) => value,
            Head::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
            Head::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
            Head::Array(count) => {
                let mut values = Vec::new();
                for _ in 0..count {
                    values.push(self.nested(depth)?);
                }
                Value::Array(values)
            }
            Head::Map(count) => {
                let mut entries = Vec::new();
                for _ in 0..count {
                    entries.push((self.nested(depth)?, self.nested(depth)?));
                }
                Value::Map(entries)
            }
            Head::Extension(-1, bytes) => Value::Timestamp(timestamp(bytes)?),
            Head::Extension(kind, bytes) => Value::Extension(kind, bytes.to_vec()),
        })
    }

    /// The number of entries of a map that begins here; nil has none.
    pub fn map(&mut self) -> Read<usize> {
        match self.head()? {
            Head::Map(count) => Ok(count),
            Head::One(Value::Nil) => Ok(0),
            _ => Err(Malformed),
        }
    }

    /// The number of elements of an array that begins here; nil has none.
    pub fn array(&mut self) -> Read<usize> {
        match self.head()? {
            Head::Array(count) => Ok(count),
            Head::One(Value::Nil) => Ok(0),
            _ => Err(Malformed),
        }
    }

    /// The bytes of a str or bin; nil has none.
    pub fn bytes(&mut self) -> Read<&'a [u8]> {
        match self.head()? {
            Head::Text(bytes) | Head::Bytes(bytes) => Ok(bytes),
            Head::One(Value::Nil) => Ok(&[]),
            _ => Err(Malformed),
        }
    }

    /// A number without a sign; nil is 0.
    pub fn uint(&mut self) -> Read<u64> {
        match self.head()? {
            Head::One(Value::Nil) => Ok(0),
            Head::One(Value::Int(value)) => u64::try_from(value).map_err(|_| Malformed),
            Head::One(Value::UInt(value)) => Ok(value),
            _ => Err(Malformed),
        }
    }

    /// Text; what is not UTF-8 is repaired.
    pub fn text(&mut self) -> Read<String> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }
}

fn timestamp(bytes: &[u8]) -> Read<Timestamp> {
    let mut reader = Reader::new(bytes);
    let (seconds, nanoseconds) = match bytes.len() {
        4 => (reader.word(4)? as i64, 0),
        8 => {
            let word = reader.word(8)?;
            ((word & 0x3_ffff_ffff) as i64, word >> 34)
        }
        12 => {
            let nanoseconds = reader.word(4)?;
            (reader.word(8)? as i64, nanoseconds)
        }
        _ => return Err(Malformed),
    };
    if nanoseconds >= 1_000_000_000 {
        return Err(Malformed);
    }
    Ok(Timestamp { seconds, nanoseconds: nanoseconds as u32 })
}

/// A map of named values, each still as its bytes. A key that is missing is the zero of its type.
pub struct Record<'a> {
    fields: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Record<'a> {
    pub fn new(bytes: &'a [u8]) -> Read<Record<'a>> {
        Record::read(&mut Reader::new(bytes))
    }

    pub fn read(reader: &mut Reader<'a>) -> Read<Record<'a>> {
        let mut fields = Vec::new();
        for _ in 0..reader.map()? {
            let key = reader.bytes()?;
            let before = reader.rest();
            reader.skip()?;
            fields.push((key, &before[..before.len() - reader.rest().len()]));
        }
        Ok(Record { fields })
    }

    /// The bytes of a value, still MessagePack; nil when the key is missing.
    pub fn raw(&self, key: &str) -> &'a [u8] {
        let field = self.fields.iter().find(|(name, _)| *name == key.as_bytes());
        field.map_or(&[0xc0], |(_, value)| value)
    }

    pub fn reader(&self, key: &str) -> Reader<'a> {
        Reader::new(self.raw(key))
    }

    pub fn value(&self, key: &str) -> Read<Value> {
        self.reader(key).value()
    }

    pub fn uint(&self, key: &str) -> Read<u64> {
        self.reader(key).uint()
    }

    pub fn int(&self, key: &str) -> Read<i64> {
        match self.value(key)? {
            Value::Nil => Ok(0),
            Value::Int(value) => Ok(value),
            _ => Err(Malformed),
        }
    }

    pub fn float(&self, key: &str) -> Read<f64> {
        match self.value(key)? {
            Value::Nil => Ok(0.0),
            Value::Int(value) => Ok(value as f64),
            Value::Float(value) => Ok(value),
            _ => Err(Malformed),
        }
    }

    pub fn bool(&self, key: &str) -> Read<bool> {
        match self.value(key)? {
            Value::Nil => Ok(false),
            Value::Bool(value) => Ok(value),
            _ => Err(Malformed),
        }
    }

    pub fn bytes(&self, key: &str) -> Read<&'a [u8]> {
        self.reader(key).bytes()
    }

    pub fn text(&self, key: &str) -> Read<String> {
        self.reader(key).text()
    }

    /// A map of str to str, in its order; of an array, its pairs.
    pub fn pairs(&self, key: &str) -> Read<Vec<(String, String)>> {
        let mut reader = self.reader(key);
        let mut pairs = Vec::new();
        let (count, is_list) = match reader.head()? {
            Head::Map(count) => (count, false),
            Head::Array(count) => (count, true),
            Head::One(Value::Nil) => (0, false),
            _ => return Err(Malformed),
        };
        for _ in 0..count {
            if is_list && reader.array()? != 2 {
                return Err(Malformed);
            }
            pairs.push((reader.text()?, reader.text()?));
        }
        Ok(pairs)
    }

    /// Every pair: those of `list`, which the host sends when a name repeats, else those of the map `key`.
    pub fn all_pairs(&self, key: &str, list: &str) -> Read<Vec<(String, String)>> {
        let pairs = self.pairs(list)?;
        if pairs.is_empty() {
            self.pairs(key)
        } else {
            Ok(pairs)
        }
    }
}
