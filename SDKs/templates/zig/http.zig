//! Greets: `GET /hello/:name` answers `Hello, NAME!` and how many were greeted.
const pulp = @import("pulp");

pub const pulp_plugin = start;
pub const panic = pulp.panic;
comptime {
    pulp.exportPlugin();
}

var config: struct { greeting: []const u8 = "Hello" } = .{};
var visits: u64 = 0;

fn start(app: *pulp.App) !void {
    config = try app.configuration(@TypeOf(config));
    try app.get("/hello/:name", hello);
}

fn hello(request: pulp.Request) !pulp.Response {
    visits += 1;
    return .print("{s}, {s}! ({d})\n", .{ config.greeting, request.param("name"), visits });
}
