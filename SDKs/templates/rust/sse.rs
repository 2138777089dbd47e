//! A board: what is posted to `/events` goes to everybody who listens there.

use pulp::{sse, App, Plugin, Response, Result};

struct Board;

impl Plugin for Board {
    fn configure(app: &mut App<Self>) -> Result<Self> {
        app.events("/events");
        app.post("/events", |_, request| {
            sse::emit("/events", sse::Event::new(request.text()?))?;
            Ok(Response::empty())
        });
        Ok(Board)
    }
}

pulp::plugin!(Board);
