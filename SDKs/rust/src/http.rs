//! HTTP requests to other servers: `http::get("https://example.com/").send()?`.

use std::io::Read;
use std::time::Duration;

use crate::msgpack::{Record, Writer};
use crate::request::first_header;
use crate::{sys, Error, Result, Value};

/// A request to another server, made step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    timeout: Duration,
}

/// A `GET` of an absolute URL.
pub fn get(url: &str) -> Fetch {
    Fetch::new("GET", url)
}

/// A `POST` to an absolute URL.
pub fn post(url: &str) -> Fetch {
    Fetch::new("POST", url)
}

impl Fetch {
    /// A request of any method to an absolute URL.
    pub fn new(method: &str, url: &str) -> Fetch {
        Fetch {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::ZERO,
        }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Fetch {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Fetch {
        self.body = body.into();
        self
    }

    /// Sets the body to the JSON of a value, and says so in `Content-Type`.
    pub fn json(self, value: impl Into<Value>) -> Fetch {
        self.header("Content-Type", "application/json").body(value.into().to_json())
    }

    /// How long the whole answer may take. Without it 30 seconds for [`send`](Fetch::send), and no bound for a stream.
    pub fn timeout(mut self, timeout: Duration) -> Fetch {
        self.timeout = timeout;
        self
    }

    fn encoded(&self) -> Vec<u8> {
        let mut writer = Writer::map_of(5);
        writer.text("method");
        writer.text(&self.method);
        writer.text("url");
        writer.text(&self.url);
        // A list, since a name may repeat.
        writer.text("header_list");
        writer.array(self.headers.len());
        for (name, value) in &self.headers {
            writer.array(2);
            writer.text(name);
            writer.text(value);
        }
        writer.text("body");
        writer.binary(&self.body);
        writer.text("timeout");
        writer.uint(u64::try_from(self.timeout.as_nanos()).unwrap_or(0).min(i64::MAX as u64));
        writer.into_bytes()
    }

    /// Waits for the whole answer. One of status 404 or 500 is an answer too, and no error.
    pub fn send(self) -> Result<Answer> {
        let bytes = sys::http_fetch(&self.encoded()).map_err(explained)?;
        let record = Record::new(&bytes)?;
        Ok(Answer {
            status: record.uint("status")? as u16,
            headers: record.all_pairs("headers", "header_list")?,
            body: record.bytes("body")?.to_vec(),
        })
    }

    /// Waits for the head of the answer only: its body is read later, or passed on with
    /// [`Response::stream`](crate::Response::stream).
    pub fn stream(self) -> Result<BodyStream> {
        let bytes = sys::http_fetch_begin(&self.encoded()).map_err(explained)?;
        let record = Record::new(&bytes)?;
        Ok(BodyStream {
            id: record.uint("id")?,
            status: record.uint("status")? as u16,
            headers: record.all_pairs("headers", "header_list")?,
            waiting: Vec::new(),
            taken: 0,
            is_at_end: false,
        })
    }
}

/// The error with why the fetch failed, which the host keeps.
fn explained(mut error: Error) -> Error {
    let bytes = match error.status {
        4 => sys::http_fetch_error().unwrap_or_default(),
        _ => return error,
    };
    if let Ok(record) = Record::new(&bytes) {
        let message = record.text("message").unwrap_or_default();
        let allow = record.text("allow").unwrap_or_default();
        error.code = record.text("code").unwrap_or_default();
        if !message.is_empty() {
            error.message = format!("{}: {}", error.message, message);
        }
        if !allow.is_empty() && !message.contains(&allow) {
            error.message = format!("{}; add \"{}\" to `allow` in [http] of the manifest", error.message, allow);
        }
    }
    error
}

/// A whole answer of another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// As the server sent it.
    pub status: u16,
    /// Fields of the head, with names as `Content-Type`.
    pub headers: Vec<(String, String)>,
    /// As it came, compressed or not.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first value of a header, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first_header(&self.headers, name)
    }

    /// Whether the status is 200 to 299.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text.
    pub fn text(&self) -> Result<&str> {
        Ok(std::str::from_utf8(&self.body)?)
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        crate::json::parse(self.text()?).map_err(|error| Error::new(500, error.message))
    }
}

/// An answer whose body is still coming: read with [`Read`], or passed on. Dropped, it is closed.
#[derive(Debug)]
pub struct BodyStream {
    pub(crate) id: u64,
    /// As the server sent it.
    pub status: u16,
    /// Fields of the head, with names as `Content-Type`.
    pub headers: Vec<(String, String)>,
    /// What the host gave and the reader did not take yet, from `taken` on.
    waiting: Vec<u8>,
    taken: usize,
    is_at_end: bool,
}

impl BodyStream {
    /// The first value of a header, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first_header(&self.headers, name)
    }

    /// The next part of the body, at most `most` bytes, one at least; `None` at its end.
    pub fn next_part(&mut self, most: u32) -> Result<Option<Vec<u8>>> {
        if self.taken < self.waiting.len() {
            let end = self.waiting.len().min(self.taken.saturating_add(most.max(1) as usize));
            let part = self.waiting[self.taken..end].to_vec();
            self.taken = end;
            return Ok(Some(part));
        }
        // A part may be empty although more follows.
        while !self.is_at_end {
            let answer = sys::http_fetch_read(self.id, most.max(1))?;
            let record = Record::new(&answer)?;
            let failure = record.text("err")?;
            if !failure.is_empty() {
                self.is_at_end = true;
                let message = format!("http_fetch_read: {}", failure);
                return Err(Error { status: 4, message, code: "broken".to_owned() });
            }
            self.is_at_end = record.bool("eof")?;
            let bytes = record.bytes("bytes")?;
            if !bytes.is_empty() {
                return Ok(Some(bytes.to_vec()));
            }
        }
        Ok(None)
    }

    /// The host closes it.
    pub(crate) fn let_go(mut self) {
        self.id = 0;
    }
}

impl Read for BodyStream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.taken == self.waiting.len() {
            // More than a small buffer asks for, so that reading by lines is not a call of the host for each.
            self.waiting = self.next_part(buffer.len().clamp(16_384, 1 << 20) as u32)?.unwrap_or_default();
            self.taken = 0;
        }
        let count = buffer.len().min(self.waiting.len() - self.taken);
        buffer[..count].copy_from_slice(&self.waiting[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

impl Drop for BodyStream {
    fn drop(&mut self) {
        if self.id != 0 {
            let _ = sys::http_fetch_close(self.id);
        }
    }
}
