use crate::msgpack::Reader;
use crate::value::{convert, FromValue};
use crate::{Error, Result, Value};

/// What the manifest's `[config]` says, or a table in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where the table is, for sentences: `config`, `config.mail`.
    place: String,
    table: Value,
}

impl Config {
    /// No bytes are an empty table.
    pub(crate) fn read(bytes: &[u8]) -> Result<Config> {
        let table = if bytes.is_empty() { Value::Nil } else { Reader::new(bytes).value()? };
        match table {
            Value::Nil | Value::Map(_) => Ok(Config { place: "config".to_owned(), table }),
            other => Err(Error::new(500, format!("[config] is {}, not a table", other.kind()))),
        }
    }

    /// The value of `key`, `None` when the manifest does not have it; another type is an error that names the key.
    ///
    /// `T` is a `String`, `i64` or another integer, `f64`, `bool`, [`Timestamp`](crate::Timestamp), a `Vec` of one of
    /// them, or [`Value`].
    pub fn get<T: FromValue>(&self, key: &str) -> Result<Option<T>> {
        match self.table.get(key) {
            None | Some(Value::Nil) => Ok(None),
            Some(value) => convert(value, || format!("`{}` in [{}] of the manifest", key, self.place)).map(Some),
        }
    }

    /// The value of `key`; a manifest without it is an error that says what to add.
    pub fn require<T: FromValue>(&self, key: &str) -> Result<T> {
        self.get(key)?.ok_or_else(|| {
            let expected = T::expected();
            Error::new(500, format!("add `{}`, {}, to [{}] in the manifest", key, expected, self.place))
        })
    }

    /// The text of `key`, which the manifest must have.
    pub fn string(&self, key: &str) -> Result<String> {
        self.require(key)
    }

    /// The integer of `key`, which the manifest must have.
    pub fn integer(&self, key: &str) -> Result<i64> {
        self.require(key)
    }

    /// The number of `key`, which the manifest must have.
    pub fn float(&self, key: &str) -> Result<f64> {
        self.require(key)
    }

    /// The boolean of `key`, which the manifest must have.
    pub fn boolean(&self, key: &str) -> Result<bool> {
        self.require(key)
    }

    /// The text of `key`, or `default` when the manifest does not have it.
    pub fn string_or(&self, key: &str, default: &str) -> Result<String> {
        Ok(self.get(key)?.unwrap_or_else(|| default.to_owned()))
    }

    /// The integer of `key`, or `default` when the manifest does not have it.
    pub fn integer_or(&self, key: &str, default: i64) -> Result<i64> {
        Ok(self.get(key)?.unwrap_or(default))
    }

    /// The number of `key`, or `default` when the manifest does not have it.
    pub fn float_or(&self, key: &str, default: f64) -> Result<f64> {
        Ok(self.get(key)?.unwrap_or(default))
    }

    /// The boolean of `key`, or `default` when the manifest does not have it.
    pub fn boolean_or(&self, key: &str, default: bool) -> Result<bool> {
        Ok(self.get(key)?.unwrap_or(default))
    }

    /// The table `[config.KEY]`; empty when the manifest does not have it.
    pub fn table(&self, key: &str) -> Result<Config> {
        let place = format!("{}.{}", self.place, key);
        match self.get::<Value>(key)?.unwrap_or(Value::Nil) {
            table @ (Value::Nil | Value::Map(_)) => Ok(Config { place, table }),
            other => Err(Error::new(500, format!("`{}` in [{}] is {}, not a table", key, self.place, other.kind()))),
        }
    }

    /// The tables `[[config.KEY]]`; none when the manifest has none.
    pub fn tables(&self, key: &str) -> Result<Vec<Config>> {
        let tables = self.get::<Vec<Value>>(key)?.unwrap_or_default();
        let numbered = tables.into_iter().enumerate();
        numbered
            .map(|(number, table)| {
                let place = format!("{}.{}#{}", self.place, key, number + 1);
                match table {
                    Value::Map(_) => Ok(Config { place, table }),
                    other => {
                        Err(Error::new(500, format!("[{}] of the manifest is {}, not a table", place, other.kind())))
                    }
                }
            })
            .collect()
    }

    /// An error where there is a key that is not among `keys`: one that is misspelt would be passed over otherwise.
    pub fn only(&self, keys: &[&str]) -> Result<()> {
        let entries = match &self.table {
            Value::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        let unknown = entries.iter().find(|(key, _)| !matches!(key, Value::Text(key) if keys.contains(&key.as_str())));
        unknown.map_or(Ok(()), |(key, _)| {
            let key = if let Value::Text(key) = key { key.as_str() } else { key.kind() };
            let known = keys.join("`, `");
            Err(Error::new(
                500,
                format!("`{}` in [{}] is no setting of this plugin; it has `{}`", key, self.place, known),
            ))
        })
    }

    /// Everything, as it came.
    pub fn value(&self) -> &Value {
        &self.table
    }
}
