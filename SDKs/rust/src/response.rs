use crate::http::BodyStream;
use crate::msgpack::Writer;
use crate::{sys, Error, Result, Value};

/// An answer to a request, made step by step: `Response::text("made\n").status(201).header("Location", "/notes/7")`.
#[derive(Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    cookies: Vec<Cookie>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Bytes(Vec<u8>),
    /// The host carries it on.
    Stream(BodyStream),
    Later,
}

impl Response {
    fn of(body: Body, content_type: &str) -> Response {
        let response = Response { status: 200, headers: Vec::new(), cookies: Vec::new(), body };
        if content_type.is_empty() {
            response
        } else {
            response.header("Content-Type", content_type)
        }
    }

    /// An answer without a body: 204 unless another status is set.
    pub fn empty() -> Response {
        Response::of(Body::Bytes(Vec::new()), "").status(204)
    }

    /// Plain text.
    pub fn text(text: impl Into<String>) -> Response {
        Response::of(Body::Bytes(text.into().into_bytes()), "text/plain; charset=utf-8")
    }

    /// A page.
    pub fn html(page: impl Into<String>) -> Response {
        Response::of(Body::Bytes(page.into().into_bytes()), "text/html; charset=utf-8")
    }

    /// JSON of a value, which [`object!`](crate::object) makes.
    pub fn json(value: impl Into<Value>) -> Response {
        Response::json_text(value.into().to_json())
    }

    /// JSON that is text already.
    pub fn json_text(json: impl Into<String>) -> Response {
        Response::of(Body::Bytes(json.into().into_bytes()), "application/json")
    }

    /// Bytes of a type.
    pub fn bytes(bytes: impl Into<Vec<u8>>, content_type: &str) -> Response {
        Response::of(Body::Bytes(bytes.into()), content_type)
    }

    /// Sends the client elsewhere: 303, so that a form is not sent twice, unless another status is set.
    pub fn redirect(location: &str) -> Response {
        Response::empty().status(303).header("Location", location)
    }

    /// The body of a fetch as it comes, carried by the host from now on, with the status and type that it came with.
    pub fn stream(stream: BodyStream) -> Response {
        let (status, kind) = (stream.status, stream.header("Content-Type").unwrap_or("").to_owned());
        Response::of(Body::Stream(stream), &kind).status(status)
    }

    /// No answer yet, after [`Request::later`](crate::Request::later).
    pub fn later() -> Response {
        Response::of(Body::Later, "")
    }

    /// Sets the status, 200 to 999.
    pub fn status(mut self, status: u16) -> Response {
        self.status = status;
        self
    }

    /// Sets a header; what it was before is gone.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Response {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.add_header(name, value)
    }

    /// Adds a header that may be there already.
    pub fn add_header(mut self, name: &str, value: impl Into<String>) -> Response {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets a cookie.
    pub fn cookie(mut self, cookie: Cookie) -> Response {
        self.cookies.push(cookie);
        self
    }

    /// What a handler's error is answered with.
    pub(crate) fn apology(error: &Error) -> Response {
        match error.status {
            400..=599 if error.status != 500 => {
                Response::text(format!("{}\n", error.message)).status(error.status as u16)
            }
            _ => Response::text("500 internal server error\n").status(500),
        }
    }

    pub(crate) fn is_later(&self) -> bool {
        matches!(self.body, Body::Later)
    }

    /// Answers the request `id`.
    pub(crate) fn send(self, id: u64) -> Result<()> {
        if let Some(cookie) = self.cookies.iter().find(|cookie| !cookie.is_sendable) {
            let sentence = "name or value has a semicolon or a control character, or the name is none";
            return Err(Error::new(500, format!("cookie `{}`: {}", cookie.line, sentence)));
        }
        let name_repeats = |(index, (name, _)): (usize, &(String, String))| {
            self.headers[..index].iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
        };
        let repeats = self.headers.iter().enumerate().any(name_repeats);
        let mut writer = Writer::map_of(5);
        writer.text("id");
        writer.uint(id);
        writer.text("status");
        writer.uint(self.status.into());
        if repeats {
            writer.text("header_list");
            writer.array(self.headers.len());
            for (name, value) in &self.headers {
                writer.array(2);
                writer.text(name);
                writer.text(value);
            }
        } else {
            writer.text("headers");
            writer.pairs(&self.headers);
        }
        writer.text("cookies");
        writer.array(self.cookies.len());
        for cookie in &self.cookies {
            writer.text(&cookie.line);
        }
        match self.body {
            Body::Bytes(bytes) => {
                writer.text("body");
                writer.binary(&bytes);
                sys::http_respond(&writer.into_bytes())
            }
            Body::Stream(stream) => {
                writer.text("stream_id");
                writer.uint(stream.id);
                sys::http_respond_stream(&writer.into_bytes())?;
                // The host closes it when the client has it all.
                stream.let_go();
                Ok(())
            }
            Body::Later => Err(Error::new(500, "Response::later() is no answer")),
        }
    }
}

/// A cookie to set, for the whole site, unless its attributes say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    line: String,
    /// Not what would be read as another attribute, or as another cookie.
    is_sendable: bool,
}

impl Cookie {
    /// A cookie that pages' scripts cannot read and other sites do not send: `HttpOnly`, `SameSite=Lax`, `Path=/`.
    pub fn new(name: &str, value: &str) -> Cookie {
        Cookie::with(name, value, "Path=/; HttpOnly; SameSite=Lax")
    }

    /// A cookie with attributes of the plugin's own: `Cookie::with("theme", "dark", "Path=/; Max-Age=31536000")`.
    pub fn with(name: &str, value: &str, attributes: &str) -> Cookie {
        let ends_part = |character: char| character == ';' || character.is_ascii_control();
        let is_name =
            !name.is_empty() && !name.contains(|character| ends_part(character) || "=, \"".contains(character));
        let is_sendable = is_name && !value.contains(ends_part);
        Cookie { line: format!("{}={}; {}", name, value, attributes), is_sendable }
    }

    /// How many seconds it is kept; 0 takes it away.
    pub fn max_age(mut self, seconds: u32) -> Cookie {
        self.line.push_str(&format!("; Max-Age={}", seconds));
        self
    }

    /// Sent over TLS only.
    pub fn secure(mut self) -> Cookie {
        self.line.push_str("; Secure");
        self
    }
}
