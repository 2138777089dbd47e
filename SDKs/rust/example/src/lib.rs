//! A board of notes: whoever has the page open sees a new note at once.
//!
//! `GET /` is the page, `GET /notes` the notes as JSON, `POST /notes` adds one, `DELETE /notes/:id` removes one, and
//! `/live` is the stream of events.

use pulp::{object, params, sqlite, sse, App, Plugin, Request, Response, Result};

struct Board {
    title: String,
    /// Since this instance started.
    added: u64,
}

impl Plugin for Board {
    fn configure(app: &mut App<Self>) -> Result<Self> {
        let title = app.config().string_or("title", "Board")?;
        sqlite::exec("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)", params![])?;
        app.get("/", |board, _| Ok(Response::html(PAGE.replace("TITLE", &board.title))));
        app.get("/notes", Board::list);
        app.post("/notes", Board::add);
        app.delete("/notes/:id", Board::remove);
        app.events("/live");
        Ok(Board { title, added: 0 })
    }
}

impl Board {
    fn list(&mut self, _: Request) -> Result<Response> {
        let mut notes = Vec::new();
        for row in sqlite::query("SELECT id, text FROM notes ORDER BY id DESC LIMIT 100", params![])? {
            notes.push(object! { "id": row.get::<i64>("id")?, "text": row.get::<String>("text")? });
        }
        Ok(Response::json(object! { "added": self.added, "notes": notes }))
    }

    fn add(&mut self, request: Request) -> Result<Response> {
        let text = request.text()?.trim();
        if text.is_empty() || text.len() > 1_000 {
            return Err(pulp::Error::new(400, "a note has 1 to 1,000 bytes"));
        }
        let id = sqlite::exec("INSERT INTO notes (text) VALUES (?)", params![text])?.last_insert_id;
        let note = object! { "id": id, "text": text };
        sse::emit("/live", sse::Event::new(note.to_json()).id(id))?;
        self.added += 1;
        pulp::info!(id = id; "a note of {} bytes", text.len());
        Ok(Response::json(note).status(201).header("Location", format!("/notes/{}", id)))
    }

    fn remove(&mut self, request: Request) -> Result<Response> {
        let id: i64 = request.parse("id")?;
        match sqlite::exec("DELETE FROM notes WHERE id = ?", params![id])?.rows_affected {
            0 => Err(pulp::Error::new(404, "there is no such note")),
            _ => Ok(Response::empty()),
        }
    }
}

const PAGE: &str = include_str!("page.html");

pulp::plugin!(Board);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_without_text_is_refused() {
        let mut board = Board { title: "Test".to_owned(), added: 0 };
        let error = board.add(Request { body: b"  ".to_vec(), ..Request::default() }).unwrap_err();
        assert_eq!((error.status, board.added), (400, 0));
    }

    #[test]
    fn without_a_host_the_database_is_not_granted() {
        let mut board = Board { title: "Test".to_owned(), added: 0 };
        assert!(board.list(Request::default()).unwrap_err().is_not_granted());
    }
}
