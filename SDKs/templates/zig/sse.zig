//! A board: what is posted to `/events` goes to everybody who listens there.
const pulp = @import("pulp");

pub const pulp_plugin = start;
pub const panic = pulp.panic;
comptime {
    pulp.exportPlugin();
}

fn start(app: *pulp.App) !void {
    try app.events("/events");
    try app.post("/events", publish);
}

fn publish(request: pulp.Request) !pulp.Response {
    try pulp.sse.emit(.{ .path = "/events", .data = request.body() });
    return .{ .status = 204 };
}
