//! Plugins for Pulp in Rust: a type that implements [`Plugin`], handlers that are closures or methods, and a module for
//! each of the host's capabilities. Nothing but the standard library; `unsafe` code is in `sys` alone.
//!
//! ```
//! use pulp::{App, Plugin, Response, Result};
//!
//! struct Hello {
//!     visits: u64,
//! }
//!
//! impl Plugin for Hello {
//!     fn configure(app: &mut App<Self>) -> Result<Self> {
//!         let greeting = app.config().string_or("greeting", "Hello")?;
//!         app.get("/hello/:name", move |hello, request| {
//!             hello.visits += 1;
//!             Ok(Response::text(format!("{}, {}! ({})\n", greeting, request.param("name"), hello.visits)))
//!         });
//!         Ok(Hello { visits: 0 })
//!     }
//! }
//!
//! pulp::plugin!(Hello);
//! ```

#![deny(unsafe_code)]
#![warn(missing_docs)]

mod app;
pub mod clock;
mod config;
pub mod docker;
pub mod entropy;
mod error;
pub mod files;
pub mod http;
#[cfg(target_arch = "wasm32")]
#[allow(dead_code, missing_docs, unsafe_code)]
#[rustfmt::skip]
mod imports;
mod json;
pub mod log;
#[allow(missing_docs)]
mod msgpack;
mod request;
mod response;
mod router;
mod runtime;
pub mod sqlite;
pub mod sse;
#[doc(hidden)]
#[allow(unsafe_code)]
pub mod sys;
#[cfg(test)]
mod tests;
mod timestamp;
mod value;
pub mod websocket;

pub use app::{App, Plugin, SocketHandlers, StreamHandlers, Tick};
pub use config::Config;
pub use error::{status, Error, Result};
pub use request::{Later, Request};
pub use response::{Cookie, Response};
pub use timestamp::Timestamp;
pub use value::{FromValue, Value};
