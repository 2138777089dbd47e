//! Server-sent events: a path is registered with [`App::events`](crate::App::events), and then events are sent to it.

use crate::msgpack::{Malformed, Record, Writer};
use crate::request::first;
use crate::{sys, Result};

/// An event: its data, and what may go with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    data: String,
    id: Option<String>,
    name: Option<String>,
}

impl Event {
    /// An event with this data, which may have several lines.
    pub fn new(data: impl Into<String>) -> Event {
        Event { data: data.into(), ..Event::default() }
    }

    /// What a client that comes back names as the last that it had.
    pub fn id(mut self, id: impl ToString) -> Event {
        self.id = Some(id.to_string());
        self
    }

    /// What the page's listener is called; `message` without it.
    pub fn name(mut self, name: &str) -> Event {
        self.name = Some(name.to_owned());
        self
    }
}

/// Sends an event to every client that listens to a path. Nobody listening is no error.
pub fn emit(path: &str, event: Event) -> Result<()> {
    let optional = [("id", event.id), ("event", event.name)];
    let mut writer = Writer::map_of(2 + optional.iter().filter(|(_, text)| text.is_some()).count());
    writer.text("path");
    writer.text(path);
    for (key, text) in &optional {
        if let Some(text) = text {
            writer.text(key);
            writer.text(text);
        }
    }
    writer.text("data");
    writer.text(&event.data);
    sys::sse_emit(&writer.into_bytes())
}

/// How many clients listen to a path.
pub fn subscriber_count(path: &str) -> Result<u32> {
    sys::sse_has_subscribers(path.as_bytes())
}

/// A client listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribed {
    /// Unique in the host's process.
    pub subscriber_id: u64,
    /// Where it listens.
    pub path: String,
    /// What the pattern's `:name` and `*rest` took.
    pub params: Vec<(String, String)>,
    /// Decoded pairs of the query.
    pub query: Vec<(String, String)>,
    /// The last event that it had; empty for a client that comes for the first time.
    pub last_event_id: String,
    /// The client's `address:port`.
    pub remote_addr: String,
}

impl Subscribed {
    pub(crate) fn read(record: &Record<'_>) -> Result<Subscribed, Malformed> {
        Ok(Subscribed {
            subscriber_id: record.uint("subscriber_id")?,
            path: record.text("path")?,
            params: record.pairs("params")?,
            query: record.pairs("query")?,
            last_event_id: record.text("last_event_id")?,
            remote_addr: record.text("remote_addr")?,
        })
    }

    /// What `:name` or `*name` of the pattern took; empty for a name that the pattern does not have.
    pub fn param(&self, name: &str) -> &str {
        first(&self.params, name).unwrap_or("")
    }
}

/// A client is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribed {
    /// As when it came.
    pub subscriber_id: u64,
    /// Where it listened.
    pub path: String,
    /// `gone`, `slow` or `closed`.
    pub reason: String,
}

impl Unsubscribed {
    pub(crate) fn read(record: &Record<'_>) -> Result<Unsubscribed, Malformed> {
        Ok(Unsubscribed {
            subscriber_id: record.uint("subscriber_id")?,
            path: record.text("path")?,
            reason: record.text("reason")?,
        })
    }
}
