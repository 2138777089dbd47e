//! A room: what one says at `/chat` goes to everybody who is connected.
const std = @import("std");
const pulp = @import("pulp");

pub const pulp_plugin = start;
pub const panic = pulp.panic;
comptime {
    pulp.exportPlugin();
}

var members: std.ArrayList(u64) = .empty;

fn start(app: *pulp.App) !void {
    try app.webSocket("/chat", .{ .open = opened, .message = received, .close = closed });
}

fn opened(event: pulp.websocket.Record) !void {
    try members.append(pulp.allocator, event.conn_id);
}

fn received(event: pulp.websocket.Record) !void {
    _ = try pulp.websocket.broadcast(members.items, event.payload);
}

fn closed(event: pulp.websocket.Record) !void {
    const index = std.mem.indexOfScalar(u64, members.items, event.conn_id) orelse return;
    _ = members.swapRemove(index);
}
