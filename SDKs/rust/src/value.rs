//! What MessagePack can say: configuration, SQL parameters and columns, fields of log lines.

use crate::{Error, Result, Timestamp};

/// One value of MessagePack.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing: SQL's `NULL`.
    Nil,
    /// True or false.
    Bool(bool),
    /// A whole number that fits into 64 bits with a sign.
    Int(i64),
    /// A whole number that only fits without a sign.
    UInt(u64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Values in order.
    Array(Vec<Value>),
    /// Keys with values, in order.
    Map(Vec<(Value, Value)>),
    /// A moment.
    Timestamp(Timestamp),
    /// An extension of another type than the timestamp's.
    Extension(i8, Vec<u8>),
}

impl Value {
    /// A map of named values: `Value::map([("id", 7.into()), ("name", "Ann".into())])`.
    pub fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        Value::Map(entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect())
    }

    /// The value of `key` in a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Map(entries) => entries
                .iter()
                .find(|(name, _)| matches!(name, Value::Text(text) if text == key))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// What kind of value this is, for a sentence: `text`, `an integer`.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Nil => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::UInt(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::Array(_) => "an array",
            Value::Map(_) => "a table",
            Value::Timestamp(_) => "a time",
            Value::Extension(..) => "an extension",
        }
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $made:expr;)+) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Value {
                $made
            }
        })+
    };
}

from! {
    bool => |value| Value::Bool(value);
    i8 => |value| Value::Int(value.into());
    i16 => |value| Value::Int(value.into());
    i32 => |value| Value::Int(value.into());
    i64 => |value| Value::Int(value);
    u8 => |value| Value::Int(value.into());
    u16 => |value| Value::Int(value.into());
    u32 => |value| Value::Int(value.into());
    u64 => |value| i64::try_from(value).map_or(Value::UInt(value), Value::Int);
    usize => |value| Value::from(value as u64);
    f32 => |value| Value::Float(value.into());
    f64 => |value| Value::Float(value);
    &str => |value| Value::Text(value.to_owned());
    String => |value| Value::Text(value);
    &String => |value| Value::Text(value.clone());
    &[u8] => |value| Value::Bytes(value.to_vec());
    Vec<u8> => |value| Value::Bytes(value);
    &Vec<u8> => |value| Value::Bytes(value.clone());
    Vec<Value> => |value| Value::Array(value);
    Timestamp => |value| Value::Timestamp(value);
    &Value => |value| value.clone();
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Nil, Into::into)
    }
}

/// A type that a [`Value`] may turn out to be: a column of a row, a key of the configuration.
pub trait FromValue: Sized {
    /// The value as this type; `None` when it is of another kind, or does not fit.
    fn from_value(value: &Value) -> Option<Self>;

    /// What was expected, for a sentence.
    fn expected() -> &'static str;
}

macro_rules! from_value {
    ($($type:ty, $expected:literal, $($pattern:pat => $made:expr),+;)+) => {
        $(impl FromValue for $type {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $($pattern => $made,)+
                    _ => None,
                }
            }

            fn expected() -> &'static str {
                $expected
            }
        })+
    };
}

from_value! {
    bool, "a boolean", Value::Bool(value) => Some(*value), Value::Int(0) => Some(false), Value::Int(1) => Some(true);
    i64, "an integer", Value::Int(value) => Some(*value), Value::Bool(value) => Some((*value).into());
    u64, "an integer that is not negative", Value::Int(value) => u64::try_from(*value).ok(),
        Value::UInt(value) => Some(*value);
    i32, "an integer of 32 bits", Value::Int(value) => i32::try_from(*value).ok();
    u32, "an integer of 32 bits that is not negative", Value::Int(value) => u32::try_from(*value).ok();
    u16, "an integer up to 65535", Value::Int(value) => u16::try_from(*value).ok();
    usize, "an integer that is not negative", Value::Int(value) => usize::try_from(*value).ok();
    f64, "a number", Value::Float(value) => Some(*value), Value::Int(value) => Some(*value as f64),
        Value::UInt(value) => Some(*value as f64);
    String, "text", Value::Text(value) => Some(value.clone());
    Vec<u8>, "bytes", Value::Bytes(value) => Some(value.clone()), Value::Text(value) => Some(value.clone().into_bytes());
    Timestamp, "a time", Value::Timestamp(value) => Some(*value);
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }

    fn expected() -> &'static str {
        "a value"
    }
}

/// Nothing is `None`; anything else is a `T`.
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Nil => Some(None),
            value => T::from_value(value).map(Some),
        }
    }

    fn expected() -> &'static str {
        T::expected()
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Array(values) => values.iter().map(T::from_value).collect(),
            _ => None,
        }
    }

    fn expected() -> &'static str {
        "an array of one type"
    }
}

/// `value` as a `T`, or a sentence about `place`.
pub(crate) fn convert<T: FromValue>(value: &Value, place: impl FnOnce() -> String) -> Result<T> {
    T::from_value(value)
        .ok_or_else(|| Error::new(500, format!("{} is {}, not {}", place(), value.kind(), T::expected())))
}

/// Values of different types in a list, as SQL's parameters are: `params![1, "two", None::<i64>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

/// A table of named values, as an answer in JSON may be: `object! { "id": 7, "tags": object! {} }`.
#[macro_export]
macro_rules! object {
    ($($key:literal : $value:expr),* $(,)?) => {
        $crate::Value::Map(vec![$(($crate::Value::from($key), $crate::Value::from($value))),*])
    };
}
