//! WebSockets: connections, and what is sent to them. What comes in is set with [`App::websocket`](crate::App::websocket).

use crate::msgpack::{Malformed, Record, Writer};
use crate::request::{first, first_header};
use crate::{sys, Result};

/// An open connection: a number, to be kept wherever the plugin likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Socket {
    /// Unique in the host's process.
    pub id: u64,
}

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// UTF-8.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl From<&str> for Message {
    fn from(text: &str) -> Message {
        Message::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Message {
        Message::Text(text)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Message {
        Message::Binary(bytes)
    }
}

impl Message {
    fn write(&self, writer: &mut Writer) {
        let (opcode, payload) = match self {
            Message::Text(text) => (1, text.as_bytes()),
            Message::Binary(bytes) => (2, bytes.as_slice()),
        };
        writer.text("opcode");
        writer.uint(opcode);
        writer.text("payload");
        writer.binary(payload);
    }
}

impl Socket {
    /// Sends a message. An error: the connection is gone, or its client reads too slowly.
    pub fn send(self, message: impl Into<Message>) -> Result<()> {
        let mut writer = Writer::map_of(3);
        writer.text("conn_id");
        writer.uint(self.id);
        message.into().write(&mut writer);
        sys::ws_send(&writer.into_bytes())
    }

    /// Closes the connection, with a code of RFC 6455, such as 1000, and a reason of at most 123 bytes.
    pub fn close(self, code: u16, reason: &str) -> Result<()> {
        let mut writer = Writer::map_of(3);
        writer.text("conn_id");
        writer.uint(self.id);
        writer.text("code");
        writer.uint(code.into());
        writer.text("reason");
        writer.text(reason);
        sys::ws_close(&writer.into_bytes())
    }
}

/// Sends one message to many connections, with one call of the host; gives those that it did not go to.
pub fn send_many<'a>(
    sockets: impl IntoIterator<Item = &'a Socket>,
    message: impl Into<Message>,
) -> Result<Vec<Socket>> {
    let ids: Vec<u64> = sockets.into_iter().map(|socket| socket.id).collect();
    let mut writer = Writer::map_of(3);
    writer.text("conn_ids");
    writer.array(ids.len());
    for id in ids {
        writer.uint(id);
    }
    message.into().write(&mut writer);
    let answer = sys::ws_send_many(&writer.into_bytes())?;
    let mut reader = Record::new(&answer)?.reader("failed");
    let mut failed = Vec::new();
    for _ in 0..reader.array()? {
        failed.push(Socket { id: reader.uint()? });
    }
    Ok(failed)
}

/// A client has connected.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The connection.
    pub socket: Socket,
    /// Decoded, without the query.
    pub path: String,
    /// What the pattern's `:name` and `*rest` took.
    pub params: Vec<(String, String)>,
    /// Decoded pairs of the query.
    pub query: Vec<(String, String)>,
    /// Fields of the handshake's head.
    pub headers: Vec<(String, String)>,
    /// The client's `address:port`.
    pub remote_addr: String,
    /// The subprotocol that was agreed on; empty without one.
    pub protocol: String,
}

impl Opened {
    pub(crate) fn read(record: &Record<'_>) -> Result<Opened, Malformed> {
        Ok(Opened {
            socket: Socket { id: record.uint("conn_id")? },
            path: record.text("path")?,
            params: record.pairs("params")?,
            query: record.pairs("query")?,
            headers: record.pairs("headers")?,
            remote_addr: record.text("remote_addr")?,
            protocol: record.text("protocol")?,
        })
    }

    /// What `:name` or `*name` of the pattern took; empty for a name that the pattern does not have.
    pub fn param(&self, name: &str) -> &str {
        first(&self.params, name).unwrap_or("")
    }

    /// The value of `name` in the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The value of a header, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first_header(&self.headers, name)
    }
}

/// A message has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Where it came from.
    pub socket: Socket,
    /// What it says.
    pub message: Message,
}

impl Received {
    pub(crate) fn read(record: &Record<'_>) -> Result<Received, Malformed> {
        let socket = Socket { id: record.uint("conn_id")? };
        let message = match record.uint("opcode")? {
            1 => Message::Text(record.text("payload")?),
            2 => Message::Binary(record.bytes("payload")?.to_vec()),
            _ => return Err(Malformed),
        };
        Ok(Received { socket, message })
    }
}

/// A connection is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The connection; nothing can be sent to it any more.
    pub socket: Socket,
    /// A code of RFC 6455; 1005 for a close frame without one, 65535 without a close frame.
    pub code: u16,
    /// What the client said; may be empty.
    pub reason: String,
}

impl Closed {
    pub(crate) fn read(record: &Record<'_>) -> Result<Closed, Malformed> {
        Ok(Closed {
            socket: Socket { id: record.uint("conn_id")? },
            code: u16::try_from(record.uint("code")?).map_err(|_| Malformed)?,
            reason: record.text("reason")?,
        })
    }
}
