//! Lines of the host's log: `info!("saved")`, with fields in front `info!(user = name, count = 3; "saved {}", title)`.

use std::fmt;

use crate::msgpack::Writer;
use crate::{sys, Value};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
}

/// Writes a line. The macros are shorter. A line that the host drops, since there are too many, is lost.
pub fn write(level: Level, message: fmt::Arguments<'_>, fields: &[(&str, Value)]) {
    let mut writer = Writer::map_of(3);
    writer.text("level");
    writer.uint(level as u64);
    writer.text("message");
    writer.text(&message.to_string());
    writer.text("fields");
    writer.map(fields.len());
    for (name, value) in fields {
        writer.text(name);
        match value {
            Value::Text(_) | Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) => writer.value(value),
            // The host takes text, numbers and booleans.
            other => writer.text(&other.to_json()),
        }
    }
    let _ = sys::log_write(&writer.into_bytes());
}

/// A panic ends the instance: its message and place go to the log before that.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let place = panic.location().map_or(String::new(), |place| format!("{}:{}", place.file(), place.line()));
        let fields = [("at", Value::from(place))];
        write(Level::Critical, format_args!("panic: {}", text.unwrap_or("of a type that is no text")), &fields);
    }));
}

/// Writes a line of a [`Level`](crate::log::Level): `log!(Level::Notice, user = name; "saved {}", title)`.
#[macro_export]
macro_rules! log {
    ($level:expr, $($key:ident = $value:expr),+ ; $($message:tt)+) => {
        $crate::log::write(
            $level, format_args!($($message)+), &[$((stringify!($key), $crate::Value::from($value))),+])
    };
    ($level:expr, $($message:tt)+) => { $crate::log::write($level, format_args!($($message)+), &[]) };
}

/// Writes a line of level `trace`.
#[macro_export]
macro_rules! trace { ($($line:tt)+) => { $crate::log!($crate::log::Level::Trace, $($line)+) }; }

/// Writes a line of level `debug`.
#[macro_export]
macro_rules! debug { ($($line:tt)+) => { $crate::log!($crate::log::Level::Debug, $($line)+) }; }

/// Writes a line of level `info`: `info!("saved {}", title)`, with fields `info!(user = name; "saved {}", title)`.
#[macro_export]
macro_rules! info { ($($line:tt)+) => { $crate::log!($crate::log::Level::Info, $($line)+) }; }

/// Writes a line of level `notice`.
#[macro_export]
macro_rules! notice { ($($line:tt)+) => { $crate::log!($crate::log::Level::Notice, $($line)+) }; }

/// Writes a line of level `warning`.
#[macro_export]
macro_rules! warning { ($($line:tt)+) => { $crate::log!($crate::log::Level::Warning, $($line)+) }; }

/// Writes a line of level `error`.
#[macro_export]
macro_rules! error { ($($line:tt)+) => { $crate::log!($crate::log::Level::Error, $($line)+) }; }
