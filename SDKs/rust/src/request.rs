use std::str::FromStr;

use crate::msgpack::{Malformed, Record};
use crate::{sys, Error, Response, Result, Value};

/// A request of a client, whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The host's number for it, unique in its process.
    pub id: u64,
    /// The route's, `GET`: also of a `HEAD` that has no route of its own.
    pub method: String,
    /// Decoded, without the query.
    pub path: String,
    /// What the route's `:name` and `*rest` took.
    pub params: Vec<(String, String)>,
    /// Decoded pairs of the query, in order.
    pub query: Vec<(String, String)>,
    /// Fields of the head, with names as `Content-Type`.
    pub headers: Vec<(String, String)>,
    /// All of the body.
    pub body: Vec<u8>,
    /// The client's `address:port`.
    pub remote_addr: String,
    /// The host that the client named; empty when it named none.
    pub host: String,
}

/// The first value of `name`.
pub(crate) fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The first value of the header `name`, in whatever case.
pub(crate) fn first_header<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl Request {
    pub(crate) fn read(record: &Record<'_>) -> Result<Request, Malformed> {
        Ok(Request {
            id: record.uint("id")?,
            method: record.text("method")?,
            path: record.text("path")?,
            params: record.pairs("params")?,
            query: record.all_pairs("query", "query_list")?,
            headers: record.all_pairs("headers", "header_list")?,
            body: record.bytes("body")?.to_vec(),
            remote_addr: record.text("remote_addr")?,
            host: record.text("host")?,
        })
    }

    /// What `:name` or `*name` of the route's pattern took; empty for a name that the pattern does not have.
    pub fn param(&self, name: &str) -> &str {
        first(&self.params, name).unwrap_or("")
    }

    /// The same as a number or another type; what cannot be read as one is answered with 400.
    pub fn parse<T: FromStr>(&self, name: &str) -> Result<T> {
        let text = self.param(name);
        text.parse().map_err(|_| Error::new(400, format!("`{}` in the path cannot be `{}`", name, text)))
    }

    /// The first value of `name` in the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// Every value of `name` in the query, in order.
    pub fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a header, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first_header(&self.headers, name)
    }

    /// The value of a cookie that the client sent.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case("Cookie"));
        let pairs = cookies.flat_map(|(_, line)| line.split(';')).filter_map(|pair| pair.split_once('='));
        let mut named = pairs.filter(|(key, _)| key.trim() == name);
        named.next().map(|(_, value)| value.trim().trim_matches('"'))
    }

    /// The body as text; other bytes than UTF-8 are answered with 400.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).map_err(|_| Error::new(400, "the body is not UTF-8"))
    }

    /// The body as JSON; anything else is answered with 400 and where it stops being that.
    pub fn json(&self) -> Result<Value> {
        crate::json::parse(self.text()?)
    }

    /// The pairs of a form (`application/x-www-form-urlencoded`), decoded, in order.
    pub fn form(&self) -> Result<Vec<(String, String)>> {
        let fields = self.text()?.split('&').filter(|field| !field.is_empty());
        Ok(fields
            .map(|field| {
                let (name, value) = field.split_once('=').unwrap_or((field, ""));
                (unescaped(name), unescaped(value))
            })
            .collect())
    }

    /// Lets the answer come in a later step: the handler keeps what this gives, and answers [`Response::later`].
    pub fn later(&self) -> Result<Later> {
        sys::http_defer(self.id)?;
        Ok(Later { id: self.id })
    }
}

/// The answer that a client still waits for. Its deadline is that of the call, `call_timeout_ms`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Later {
    /// The request's number.
    pub id: u64,
}

impl Later {
    /// Gives the answer.
    pub fn respond(self, response: Response) -> Result<()> {
        response.send(self.id)
    }
}

/// Text of a form: `+` is a space, `%41` an A; what is no escape stays as it is.
fn unescaped(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match (byte, digit(bytes.get(at)), digit(bytes.get(at + 1))) {
            (b'%', Some(high), Some(low)) => {
                plain.push((high << 4 | low) as u8);
                at += 2;
            }
            (b'+', _, _) => plain.push(b' '),
            _ => plain.push(*byte),
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
