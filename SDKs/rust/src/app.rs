use std::collections::HashMap;

use crate::msgpack::Writer;
use crate::router::Router;
use crate::{docker, sse, sys, websocket, Config, Error, Request, Response, Result, Value};

/// A plugin: a type whose one value is the plugin's state, from its start to its end.
///
/// ```
/// use pulp::{App, Plugin, Response, Result};
///
/// struct Hello {
///     visits: u64,
/// }
///
/// impl Plugin for Hello {
///     fn configure(app: &mut App<Self>) -> Result<Self> {
///         app.get("/hello/:name", |hello, request| {
///             hello.visits += 1;
///             Ok(Response::text(format!("Hello, {}! ({})\n", request.param("name"), hello.visits)))
///         });
///         Ok(Hello { visits: 0 })
///     }
/// }
///
/// pulp::plugin!(Hello);
/// ```
///
/// Handlers are closures, or methods of the type: `app.post("/notes", Notes::add)` with
/// `fn add(&mut self, request: Request) -> Result<Response>`.
pub trait Plugin: Sized + 'static {
    /// Registers what the plugin serves, and makes its state. An error fails the start, with its sentence in the log.
    fn configure(app: &mut App<Self>) -> Result<Self>;
}

pub(crate) type Handler<P> = Box<dyn FnMut(&mut P, Request) -> Result<Response>>;
pub(crate) type On<P, Event> = Box<dyn FnMut(&mut P, Event) -> Result<()>>;

/// What a plugin does, and when: filled in by [`Plugin::configure`].
///
/// A registration that the host refuses fails the start, whatever `configure` returns: there is nothing to check here.
pub struct App<P> {
    config: Config,
    pub(crate) routes: Router<Handler<P>>,
    pub(crate) sockets: Router<SocketHandlers<P>>,
    /// The route of each open WebSocket.
    pub(crate) connections: HashMap<u64, usize>,
    pub(crate) streams: Router<StreamHandlers<P>>,
    pub(crate) tick: Option<On<P, Tick>>,
    pub(crate) container: Option<On<P, docker::Event>>,
    pub(crate) others: Vec<(String, On<P, Value>)>,
    pub(crate) end: Option<On<P, ()>>,
    pub(crate) refusal: Option<Error>,
}

/// A step without an event, of a plugin with `tick_interval_ms` in its manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Counts what was stepped, events among them; it goes on after a crash.
    pub number: u64,
}

impl<P> App<P> {
    pub(crate) fn new(config: Config) -> App<P> {
        App {
            config,
            routes: Router::new(),
            sockets: Router::new(),
            connections: HashMap::new(),
            streams: Router::new(),
            tick: None,
            container: None,
            others: Vec::new(),
            end: None,
            refusal: None,
        }
    }

    /// What the manifest's `[config]` says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Serves `GET` of a pattern: `/notes`, `/notes/:id`, `/files/*path`. `HEAD` comes as `GET` where it has no route.
    pub fn get(&mut self, pattern: &str, handler: impl FnMut(&mut P, Request) -> Result<Response> + 'static) {
        self.route("GET", pattern, handler);
    }

    /// Serves `POST` of a pattern.
    pub fn post(&mut self, pattern: &str, handler: impl FnMut(&mut P, Request) -> Result<Response> + 'static) {
        self.route("POST", pattern, handler);
    }

    /// Serves `PUT` of a pattern.
    pub fn put(&mut self, pattern: &str, handler: impl FnMut(&mut P, Request) -> Result<Response> + 'static) {
        self.route("PUT", pattern, handler);
    }

    /// Serves `PATCH` of a pattern.
    pub fn patch(&mut self, pattern: &str, handler: impl FnMut(&mut P, Request) -> Result<Response> + 'static) {
        self.route("PATCH", pattern, handler);
    }

    /// Serves `DELETE` of a pattern.
    pub fn delete(&mut self, pattern: &str, handler: impl FnMut(&mut P, Request) -> Result<Response> + 'static) {
        self.route("DELETE", pattern, handler);
    }

    /// Serves any method of a pattern. The most specific pattern wins: a literal, then `:name`, then `*name`.
    pub fn route(
        &mut self,
        method: &str,
        pattern: &str,
        handler: impl FnMut(&mut P, Request) -> Result<Response> + 'static,
    ) {
        let mut writer = Writer::map_of(2);
        writer.text("method");
        writer.text(method);
        writer.text("path");
        writer.text(pattern);
        let outcome = sys::http_register(&writer.into_bytes());
        self.note(outcome, || format!("{} {}", method, pattern));
        self.routes.insert(method, pattern, Box::new(handler));
    }

    /// Serves the plugin's routes on another address, `127.0.0.1:9000`, instead of the host's. Before the first route.
    pub fn listen(&mut self, address: &str) {
        let mut writer = Writer::map_of(1);
        writer.text("addr");
        writer.text(address);
        let outcome = sys::http_listen(&writer.into_bytes());
        self.note(outcome, || address.to_owned());
    }

    /// Takes WebSockets on a pattern; what is done with them is set on what this gives.
    pub fn websocket(&mut self, pattern: &str) -> &mut SocketHandlers<P> {
        let outcome = sys::ws_register(pattern.as_bytes());
        self.note(outcome, || pattern.to_owned());
        self.sockets.insert("", pattern, SocketHandlers { opened: None, received: None, closed: None })
    }

    /// Lets clients listen to the events of a path, or of a pattern of paths; see [`sse`](crate::sse).
    ///
    /// Who comes and goes may be set on what this gives; the manifest needs `events = true` in `[sse]` for that.
    pub fn events(&mut self, pattern: &str) -> &mut StreamHandlers<P> {
        let outcome = sys::sse_register(pattern.as_bytes());
        self.note(outcome, || pattern.to_owned());
        self.streams.insert("", pattern, StreamHandlers { subscribed: None, unsubscribed: None })
    }

    /// What to do again and again; the manifest says how often, with `tick_interval_ms`.
    pub fn on_tick(&mut self, handler: impl FnMut(&mut P, Tick) -> Result<()> + 'static) {
        self.tick = Some(Box::new(handler));
    }

    /// What to do when something happens to a container of the plugin; the manifest needs `events = true` in `[docker]`.
    pub fn on_container(&mut self, handler: impl FnMut(&mut P, docker::Event) -> Result<()> + 'static) {
        self.container = Some(Box::new(handler));
    }

    /// What to do with events of a kind that the SDK does not know, from a capability of the application's own.
    pub fn on_event(&mut self, kind: &str, handler: impl FnMut(&mut P, Value) -> Result<()> + 'static) {
        self.others.push((kind.to_owned(), Box::new(handler)));
    }

    /// What to do last, when the plugin is stopped in good order. Not after a panic.
    pub fn on_shutdown(&mut self, mut handler: impl FnMut(&mut P) -> Result<()> + 'static) {
        self.end = Some(Box::new(move |plugin, ()| handler(plugin)));
    }

    /// Keeps the first refusal.
    fn note(&mut self, outcome: Result<()>, what: impl FnOnce() -> String) {
        if let (Err(error), None) = (outcome, &self.refusal) {
            self.refusal = Some(error.about(&what()));
        }
    }
}

/// What is done with the WebSockets of one pattern.
pub struct SocketHandlers<P> {
    pub(crate) opened: Option<On<P, websocket::Opened>>,
    pub(crate) received: Option<On<P, websocket::Received>>,
    pub(crate) closed: Option<On<P, websocket::Closed>>,
}

impl<P> SocketHandlers<P> {
    /// A client has connected.
    pub fn on_open(&mut self, handler: impl FnMut(&mut P, websocket::Opened) -> Result<()> + 'static) -> &mut Self {
        self.opened = Some(Box::new(handler));
        self
    }

    /// A whole message has come.
    pub fn on_message(
        &mut self,
        handler: impl FnMut(&mut P, websocket::Received) -> Result<()> + 'static,
    ) -> &mut Self {
        self.received = Some(Box::new(handler));
        self
    }

    /// A connection is gone: once for each that was opened.
    pub fn on_close(&mut self, handler: impl FnMut(&mut P, websocket::Closed) -> Result<()> + 'static) -> &mut Self {
        self.closed = Some(Box::new(handler));
        self
    }
}

/// What is done when clients of one event stream come and go.
pub struct StreamHandlers<P> {
    pub(crate) subscribed: Option<On<P, sse::Subscribed>>,
    pub(crate) unsubscribed: Option<On<P, sse::Unsubscribed>>,
}

impl<P> StreamHandlers<P> {
    /// A client listens.
    pub fn on_subscribe(&mut self, handler: impl FnMut(&mut P, sse::Subscribed) -> Result<()> + 'static) -> &mut Self {
        self.subscribed = Some(Box::new(handler));
        self
    }

    /// A client is gone.
    pub fn on_unsubscribe(
        &mut self,
        handler: impl FnMut(&mut P, sse::Unsubscribed) -> Result<()> + 'static,
    ) -> &mut Self {
        self.unsubscribed = Some(Box::new(handler));
        self
    }
}
