//! A room: what one says at `/chat` goes to everybody who is connected.

use pulp::websocket::{self, Socket};
use pulp::{App, Plugin, Result};

struct Room {
    members: Vec<Socket>,
}

impl Plugin for Room {
    fn configure(app: &mut App<Self>) -> Result<Self> {
        app.websocket("/chat")
            .on_open(|room, opened| {
                room.members.push(opened.socket);
                Ok(())
            })
            .on_message(|room, received| {
                websocket::send_many(&room.members, received.message)?;
                Ok(())
            })
            .on_close(|room, closed| {
                room.members.retain(|member| *member != closed.socket);
                Ok(())
            });
        Ok(Room { members: Vec::new() })
    }
}

pulp::plugin!(Room);
