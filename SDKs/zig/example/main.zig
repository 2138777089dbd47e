//! Greets: `GET /hello/:name` answers `Hello, NAME!`.
const pulp = @import("pulp");

pub const pulp_plugin = start;
pub const panic = pulp.panic;
comptime {
    pulp.exportPlugin();
}

var config: struct { greeting: []const u8 = "Hello" } = .{};

fn start(app: *pulp.App) !void {
    config = try app.configuration(@TypeOf(config));
    try app.get("/hello/:name", hello);
}

fn hello(request: pulp.Request) !pulp.Response {
    return .print("{s}, {s}!\n", .{ config.greeting, request.param("name") });
}
