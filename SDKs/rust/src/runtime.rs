//! From the bytes of a step to the plugin's handlers.

use std::cell::RefCell;

use crate::app::{App, On, Tick};
use crate::msgpack::{Malformed, Reader, Record};
use crate::{clock, docker, log, sse, websocket, Config, Error, Plugin, Request, Response, Result};

/// A plugin of whatever type.
trait Steps {
    fn tick(&mut self, number: u64) -> Result<()>;
    fn event(&mut self, kind: &str, payload: &[u8]) -> Result<()>;
    fn end(&mut self) -> Result<()>;
}

struct Running<P> {
    app: App<P>,
    plugin: P,
}

thread_local! {
    static RUNNING: RefCell<Option<Box<dyn Steps>>> = const { RefCell::new(None) };
}

pub(crate) fn start<P: Plugin>(config: &[u8]) -> Result<()> {
    log::report_panics();
    let mut app = App::new(Config::read(config)?);
    let plugin = P::configure(&mut app)?;
    if let Some(refusal) = app.refusal.take() {
        return Err(refusal);
    }
    RUNNING.with(|running| *running.borrow_mut() = Some(Box::new(Running { app, plugin })));
    Ok(())
}

/// Runs `body` with the plugin, and logs what goes wrong.
fn with_plugin(body: impl FnOnce(&mut dyn Steps) -> Result<()>) -> i32 {
    RUNNING.with(|running| match running.borrow_mut().as_mut().map(|plugin| body(plugin.as_mut())) {
        Some(Ok(())) => 0,
        Some(Err(error)) => {
            crate::error!("{}", error);
            1
        }
        None => 1,
    })
}

/// An envelope: `call_number` and `wall_time` of 64 bits, the payload's length of 32, the lowest byte first; the payload.
fn open(envelope: &[u8]) -> Option<(u64, u64, &[u8])> {
    let word = |from: usize, to: usize| {
        let bytes = envelope.get(from..to)?;
        Some(bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)))
    };
    let end = usize::try_from(word(16, 20)?).ok()?.checked_add(20)?;
    Some((word(0, 8)?, word(8, 16)?, envelope.get(20..end)?))
}

pub(crate) fn step(envelope: &[u8]) -> i32 {
    let (number, wall_time, payload) = match open(envelope) {
        Some(parts) => parts,
        None => {
            crate::warning!(bytes = envelope.len(); "a step whose envelope is cut off was passed over");
            return 0;
        }
    };
    clock::set(wall_time);
    let status = with_plugin(|plugin| {
        if payload.is_empty() {
            return plugin.tick(number);
        }
        let (kind, value) = event(payload)?;
        plugin.event(&kind, value)
    });
    // What a step returns goes to whoever made it, and means nothing to the host: the log has said it.
    let _ = status;
    0
}

/// An event is a map of two, `kind` and then `payload`, which is one value as it is.
fn event(payload: &[u8]) -> Result<(String, &[u8]), Error> {
    let record = Record::new(payload)
        .and_then(|record| Ok((record.text("kind")?, record.raw("payload"))))
        .map_err(|Malformed| Error::new(500, "an event that is no record was passed over"))?;
    Ok(record)
}

pub(crate) fn shutdown() -> i32 {
    with_plugin(|plugin| plugin.end())
}

fn call<P, Event>(handler: Option<&mut On<P, Event>>, plugin: &mut P, event: Event) -> Result<()> {
    handler.map_or(Ok(()), |handler| handler(plugin, event))
}

impl<P> Steps for Running<P> {
    fn tick(&mut self, number: u64) -> Result<()> {
        call(self.app.tick.as_mut(), &mut self.plugin, Tick { number })
    }

    fn end(&mut self) -> Result<()> {
        call(self.app.end.as_mut(), &mut self.plugin, ())
    }

    fn event(&mut self, kind: &str, payload: &[u8]) -> Result<()> {
        match kind {
            "http.request" => self.request(&Record::new(payload)?),
            "ws.open" => self.opened(&Record::new(payload)?),
            "ws.frame" => self.received(&Record::new(payload)?),
            "ws.close" => self.closed(&Record::new(payload)?),
            "sse.subscribe" => self.subscribed(&Record::new(payload)?),
            "sse.unsubscribe" => self.unsubscribed(&Record::new(payload)?),
            "docker.event" => {
                let event = docker::Event::read(&Record::new(payload)?)?;
                call(self.app.container.as_mut(), &mut self.plugin, event)
            }
            _ => {
                let handlers = self.app.others.iter_mut();
                for (_, handler) in handlers.filter(|(name, _)| name == kind) {
                    handler(&mut self.plugin, Reader::new(payload).value()?)?;
                }
                Ok(())
            }
        }
    }
}

impl<P> Running<P> {
    fn request(&mut self, record: &Record<'_>) -> Result<()> {
        let id = record.uint("id")?;
        let request = match Request::read(record) {
            Ok(request) => request,
            Err(Malformed) => return Response::text("400 bad request\n").status(400).send(id),
        };
        let index = self.app.routes.find(&request.method, &request.path);
        let response = match index.and_then(|index| self.app.routes.route(index)) {
            Some(handler) => handler(&mut self.plugin, request),
            None => Ok(Response::text("404 page not found\n").status(404)),
        };
        match response {
            Ok(response) if response.is_later() => Ok(()),
            Ok(response) => response.send(id).or_else(|error| {
                // A header that cannot be sent, say: the client is not to wait for it in vain.
                let _ = Response::apology(&error).send(id);
                Err(error)
            }),
            Err(error) => {
                let sent = Response::apology(&error).send(id);
                if error.is_own() && error.status != 500 {
                    sent
                } else {
                    Err(error)
                }
            }
        }
    }

    /// The route of a connection. Which it was is unknown for one that an earlier instance had opened: then the first.
    fn socket_route(&self, id: u64) -> Option<usize> {
        self.app.connections.get(&id).copied().or_else(|| self.app.sockets.first())
    }

    fn opened(&mut self, record: &Record<'_>) -> Result<()> {
        let event = websocket::Opened::read(record)?;
        let index = match self.app.sockets.find("", &event.path) {
            Some(index) => index,
            None => return Ok(()),
        };
        self.app.connections.insert(event.socket.id, index);
        let handlers = self.app.sockets.route(index);
        call(handlers.and_then(|route| route.opened.as_mut()), &mut self.plugin, event)
    }

    fn received(&mut self, record: &Record<'_>) -> Result<()> {
        let event = websocket::Received::read(record)?;
        let index = self.socket_route(event.socket.id);
        let handlers = index.and_then(|index| self.app.sockets.route(index));
        call(handlers.and_then(|route| route.received.as_mut()), &mut self.plugin, event)
    }

    fn closed(&mut self, record: &Record<'_>) -> Result<()> {
        let event = websocket::Closed::read(record)?;
        let index = self.socket_route(event.socket.id);
        self.app.connections.remove(&event.socket.id);
        let handlers = index.and_then(|index| self.app.sockets.route(index));
        call(handlers.and_then(|route| route.closed.as_mut()), &mut self.plugin, event)
    }

    fn subscribed(&mut self, record: &Record<'_>) -> Result<()> {
        let event = sse::Subscribed::read(record)?;
        let index = self.app.streams.find("", &event.path);
        let handlers = index.and_then(|index| self.app.streams.route(index));
        call(handlers.and_then(|route| route.subscribed.as_mut()), &mut self.plugin, event)
    }

    fn unsubscribed(&mut self, record: &Record<'_>) -> Result<()> {
        let event = sse::Unsubscribed::read(record)?;
        let index = self.app.streams.find("", &event.path);
        let handlers = index.and_then(|index| self.app.streams.route(index));
        call(handlers.and_then(|route| route.unsubscribed.as_mut()), &mut self.plugin, event)
    }
}
