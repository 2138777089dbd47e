use std::fmt;

use crate::msgpack::{Malformed, Record};

/// The result of whatever the host may refuse.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call of the host's was refused, or why the plugin itself refuses a request.
///
/// A handler passes it on with `?`. The plugin's own refusals (`Error::new(404, "there is no such note")`) are answered
/// with their status and sentence; any other becomes a line of the log and the answer `500 internal server error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Below 100 the host's status (see [`status`](crate::status)), from 100 on the plugin's own, as in HTTP.
    pub status: i32,
    /// One sentence: what was refused, why, and where that helps what to do.
    pub message: String,
    /// The host's word for the cause, where it has one: `blocked`, `timeout`, and so on, of a failed fetch. Else empty.
    pub code: String,
}

impl Error {
    /// A refusal of the plugin's own, with a status of HTTP, 400 to 599.
    pub fn new(status: u16, message: impl Into<String>) -> Error {
        Error { status: i32::from(status).max(100), message: message.into(), code: String::new() }
    }

    /// Whether the host answered that what was named does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status == status::NOT_FOUND
    }

    /// Whether the manifest does not grant the capability.
    pub fn is_not_granted(&self) -> bool {
        self.status == status::NOT_GRANTED
    }

    /// Whether the plugin, and not the host, refuses.
    pub fn is_own(&self) -> bool {
        self.status >= 100
    }

    /// What the host's `status` of its function `call` means; `answer` is what came along, if anything.
    pub(crate) fn refused(capability: &Capability, call: &str, status: i32, answer: &[u8]) -> Error {
        let mut message = if status == status::NOT_GRANTED {
            format!("{}: add \"{}\" to `capabilities` in the manifest", call, capability.name)
        } else {
            let reasons = capability.reasons.iter().chain(USUAL);
            match reasons.into_iter().find(|(number, _)| *number == status) {
                Some((_, reason)) => format!("{}: {}", call, reason),
                None => format!("{}: refused with status {}", call, status),
            }
        };
        let detail = Record::new(answer).and_then(|record| record.text("error")).unwrap_or_default();
        if !detail.is_empty() {
            message.push_str(": ");
            message.push_str(&detail);
        }
        Error { status, message, code: String::new() }
    }

    /// The same with the status and the sentence of a record that the host keeps about it.
    pub(crate) fn because(self, capability: &Capability, record: &[u8]) -> Error {
        let told = Record::new(record).and_then(|record| Ok((record.int("status")?, record.text("message")?)));
        let (status, message) = match told {
            Ok((status, message)) if !message.is_empty() => (status, message),
            _ => return self,
        };
        let call = self.message.split(':').next().unwrap_or("").to_owned();
        let mut error = Error::refused(capability, &call, i32::try_from(status).unwrap_or(self.status), &[]);
        error.message.push_str(": ");
        error.message.push_str(&message);
        error
    }

    /// The same with what it was about behind it.
    pub(crate) fn about(mut self, what: &str) -> Error {
        self.message.push_str(" (");
        self.message.push_str(what);
        self.message.push(')');
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Error {
        Error::new(500, "the host sent bytes that are not the record that they should be")
    }
}

impl From<String> for Error {
    fn from(message: String) -> Error {
        Error::new(500, message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Error {
        Error::new(500, message)
    }
}

/// An [`Error`] that went through [`std::io`], as that of a stream does, comes out as it was.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(own) => own.clone(),
            None => Error::new(500, error.to_string()),
        }
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> std::io::Error {
        std::io::Error::new(std::io::ErrorKind::Other, error)
    }
}

macro_rules! from_std {
    ($($type:ty),+) => {
        $(impl From<$type> for Error {
            fn from(error: $type) -> Error {
                Error::new(500, error.to_string())
            }
        })+
    };
}

from_std!(
    fmt::Error,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
    std::num::ParseIntError,
    std::num::ParseFloatError,
    std::num::TryFromIntError
);

/// What the host's statuses usually mean; where a function differs, the error's sentence says so.
pub mod status {
    /// SQLite: the statement failed.
    pub const SQL_FAILED: i32 = 5;
    /// What is named does not exist.
    pub const NOT_FOUND: i32 = 6;
    /// What stands behind the capability is not available.
    pub const UNAVAILABLE: i32 = 10;
    /// Not allowed, or not now.
    pub const NOT_ALLOWED: i32 = 11;
    /// A limit is reached, or the resource is busy.
    pub const LIMIT: i32 = 12;
    /// SQLite: a constraint does not hold.
    pub const CONSTRAINT: i32 = 13;
    /// SQLite: the statement writes where only reading is allowed.
    pub const READ_ONLY: i32 = 14;
    /// SQLite: too many cursors are open.
    pub const TOO_MANY_CURSORS: i32 = 15;
    /// The manifest does not grant the capability.
    pub const NOT_GRANTED: i32 = 99;
}

/// A capability, and what its statuses mean where that is not the usual.
pub(crate) struct Capability {
    name: &'static str,
    reasons: &'static [(i32, &'static str)],
}

const USUAL: &[(i32, &str)] = &[
    (1, "the request is empty"),
    (2, "the request is too long; `max_message_bytes` in the manifest is the limit"),
    (3, "the host cannot read the request"),
    (4, "the operation failed"),
    (5, "the host cannot write the answer"),
    (6, "there is no such thing"),
    (7, "no memory is left for the answer"),
    (8, "no memory is left for the answer"),
    (9, "it is closed"),
    (10, "it is not available"),
    (11, "it is not allowed now"),
    (12, "a limit is reached, or it is busy"),
];

pub(crate) const LOG: Capability =
    Capability { name: "log", reasons: &[(12, "dropped, since the plugin logs too much")] };

pub(crate) const ENTROPY: Capability = Capability { name: "entropy.read", reasons: &[(6, "the generator failed")] };

pub(crate) const HTTP_INBOUND: Capability = Capability {
    name: "transport.http.inbound",
    reasons: &[
        (4, "invalid, taken by another plugin, or no request that waits for this plugin"),
        (5, "the host has no listener, the address cannot be bound, or the request is gone"),
        (6, "a route is registered already, or another address is bound"),
    ],
};

pub(crate) const WEBSOCKET: Capability = Capability {
    name: "transport.ws.inbound",
    reasons: &[(4, "no such path or connection, text that is not UTF-8, too long, or the client reads too slowly")],
};

pub(crate) const EVENTS: Capability = Capability {
    name: "transport.sse",
    reasons: &[(4, "no route of this plugin covers the path, `id` or `event` has a line break, or a limit is met")],
};

pub(crate) const HTTP_OUTBOUND: Capability =
    Capability { name: "transport.http.outbound", reasons: &[(4, "the fetch failed")] };

pub(crate) const SQLITE: Capability = Capability {
    name: "storage.sqlite",
    reasons: &[
        (1, "the SQL is empty"),
        (3, "the parameters cannot be read"),
        (5, "the SQL failed"),
        (9, "the database is closed, or there is no such cursor"),
        (12, "the database is busy"),
        (13, "a constraint does not hold"),
        (14, "the database is read-only"),
        (15, "too many cursors are open"),
    ],
};

pub(crate) const FILES: Capability = Capability {
    name: "storage.fs",
    reasons: &[
        (1, "the path is empty"),
        (4, "the path is none below the plugin's folder"),
        (5, "the operation failed"),
        (6, "there is no such file or folder"),
        (9, "the plugin is being closed"),
        (10, "the host is stopping"),
        (12, "a limit of [limits.storage.fs] in the manifest is reached"),
    ],
};

pub(crate) const DOCKER: Capability = Capability {
    name: "spawn.docker",
    reasons: &[
        (1, "a field is invalid, or not allowed by the manifest"),
        (4, "the engine failed or refused, or a limit is reached; the host's log says which"),
        (6, "there is no such container of this plugin"),
        (10, "the Docker engine is not there"),
        (11, "a build of this plugin is running"),
    ],
};
