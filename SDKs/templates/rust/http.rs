//! Greets: `GET /hello/:name` answers `Hello, NAME!` and how many were greeted.

use pulp::{App, Plugin, Response, Result};

struct Greeter {
    greeting: String,
    visits: u64,
}

impl Plugin for Greeter {
    fn configure(app: &mut App<Self>) -> Result<Self> {
        let greeting = app.config().string_or("greeting", "Hello")?;
        app.get("/hello/:name", |greeter, request| {
            greeter.visits += 1;
            Ok(Response::text(format!("{}, {}! ({})\n", greeter.greeting, request.param("name"), greeter.visits)))
        });
        Ok(Greeter { greeting, visits: 0 })
    }
}

pulp::plugin!(Greeter);
