//! For plugins of Pulp in Zig. A plugin is a file whose root declares what starts it:
//!
//!     const pulp = @import("pulp");
//!     pub const pulp_plugin = start;
//!     comptime { pulp.exportPlugin(); }
//!
//!     fn start(app: *pulp.App) !void { try app.get("/hello/:name", hello); }
//!
//! Handlers allocate from `step()`, an arena that is emptied after each step; what is to live longer comes from
//! `allocator`. After an error of a call, `lastError()` has its status and a sentence.
const std = @import("std");
const builtin = @import("builtin");
const root = @import("root");
pub const imports = @import("imports.zig");
pub const messagepack = @import("messagepack.zig");
pub const call = @import("call.zig");
const configurations = @import("config.zig");
pub const http = @import("http.zig");
pub const websocket = @import("websocket.zig");
pub const sse = @import("sse.zig");
pub const files = @import("files.zig");
pub const sqlite = @import("sqlite.zig");
pub const docker = @import("docker.zig");
pub const log = @import("log.zig");

pub const Pair = messagepack.Pair;
pub const Value = messagepack.Value;
pub const Request = http.Request;
pub const Response = http.Response;
pub const Error = call.Error;
pub const lastError = call.lastError;

/// Memory that lives as long as the instance.
pub const allocator = std.heap.wasm_allocator;

var arena_state = std.heap.ArenaAllocator.init(allocator);
var wall_time: u64 = 0;
var app_state: App = .{};
var failure: []const u8 = "";

/// Memory that lives until the step ends, or `pulp_init`.
pub fn step() std.mem.Allocator {
    return arena_state.allocator();
}

/// When the event that is stepped was handed over: nanoseconds since 1970, by the host's clock.
pub fn now() u64 {
    return wall_time;
}

/// Random bytes of the host's secure generator, 1 to 65,536; they live as long as the step.
pub fn random(count: u32) Error![]const u8 {
    const Answer = struct { bytes: []const u8 = "" };
    return (try call.query(Answer, "entropy_read", imports.entropy_read, .{ .n = count })).bytes;
}

/// What a plugin registers its handlers with, while it starts.
pub const App = struct {
    /// The table `[config]`, as MessagePack; see `configuration`.
    config: []const u8 = "",
    routes: std.ArrayList(http.Route) = .empty,
    sockets: std.ArrayList(websocket.Route) = .empty,
    on_tick: ?*const fn () anyerror!void = null,
    on_shutdown: ?*const fn () anyerror!void = null,
    on_subscribe: ?*const fn (sse.Subscriber) anyerror!void = null,
    on_unsubscribe: ?*const fn (sse.Subscriber) anyerror!void = null,
    on_container: ?*const fn (docker.Event) anyerror!void = null,

    /// Decodes `[config]` into a struct; it lives as long as the instance. A field without a default has to be there.
    /// `lastError()` names the key that does not fit.
    pub fn configuration(app: *App, comptime T: type) Error!T {
        return configurations.read(T, try allocator.dupe(u8, app.config), .some, allocator);
    }

    /// The same, and a key that no field takes is an error.
    pub fn wholeConfiguration(app: *App, comptime T: type) Error!T {
        return configurations.read(T, try allocator.dupe(u8, app.config), .all, allocator);
    }

    pub fn get(app: *App, comptime pattern: []const u8, handler: http.Handler) Error!void {
        try app.handle("GET", pattern, handler);
    }

    pub fn post(app: *App, comptime pattern: []const u8, handler: http.Handler) Error!void {
        try app.handle("POST", pattern, handler);
    }

    pub fn put(app: *App, comptime pattern: []const u8, handler: http.Handler) Error!void {
        try app.handle("PUT", pattern, handler);
    }

    pub fn patch(app: *App, comptime pattern: []const u8, handler: http.Handler) Error!void {
        try app.handle("PATCH", pattern, handler);
    }

    pub fn delete(app: *App, comptime pattern: []const u8, handler: http.Handler) Error!void {
        try app.handle("DELETE", pattern, handler);
    }

    /// Registers a handler; `:name` stands for one segment and `*name` for all that is left.
    pub fn handle(app: *App, comptime method: []const u8, comptime pattern: []const u8, handler: http.Handler) Error!void {
        try call.command("http_register", imports.http_register, .{ .method = method, .path = pattern });
        try app.routes.append(allocator, .{ .method = method, .pattern = pattern, .handler = handler });
    }

    /// Moves the plugin's routes to a listener of their own; before the first route.
    pub fn listen(_: *App, address: []const u8) Error!void {
        try call.command("http_listen", imports.http_listen, .{ .addr = address });
    }

    pub fn webSocket(app: *App, comptime pattern: []const u8, handlers: websocket.Handlers) Error!void {
        try call.raw("ws_register", imports.ws_register, pattern);
        try app.sockets.append(allocator, .{ .pattern = pattern, .handlers = handlers });
    }

    /// Registers a path, or a pattern of paths, that clients may listen to.
    pub fn events(_: *App, pattern: []const u8) Error!void {
        try call.raw("sse_register", imports.sse_register, pattern);
    }
};

/// Exports what the host calls. The root says in `pulp_plugin` which function starts the plugin.
pub fn exportPlugin() void {
    if (builtin.cpu.arch != .wasm32) return;
    @export(&pulpAlloc, .{ .name = "pulp_alloc" });
    @export(&pulpFree, .{ .name = "pulp_free" });
    @export(&pulpInit, .{ .name = "pulp_init" });
    @export(&pulpStep, .{ .name = "pulp_step" });
    @export(&pulpShutdown, .{ .name = "pulp_shutdown" });
    @export(&failurePointer, .{ .name = "pulp_init_error_ptr" });
    @export(&failureLength, .{ .name = "pulp_init_error_len" });
}

fn pulpAlloc(size: u32) callconv(.c) ?[*]u8 {
    if (size == 0) return null;
    given = allocator.alloc(u8, size) catch return null;
    return given.ptr;
}

/// What the host was given last: the answer of the call that runs lies in it.
var given: []u8 = &.{};

/// The block of an answer, which is the guest's from now on; null when the host was not given this one.
pub fn takeBlock(start: [*]u8) ?[]u8 {
    defer given = &.{};
    return if (given.ptr == start) given else null;
}

fn pulpFree(block: ?[*]u8, size: u32) callconv(.c) void {
    if (block) |bytes| allocator.free(bytes[0..size]);
}

fn failurePointer() callconv(.c) ?[*]const u8 {
    return failure.ptr;
}

fn failureLength() callconv(.c) u32 {
    return @min(failure.len, 4096);
}

fn pulpInit(config: ?[*]const u8, length: u32) callconv(.c) u32 {
    defer _ = arena_state.reset(.retain_capacity);
    app_state.config = if (config) |bytes| bytes[0..length] else "";
    root.pulp_plugin(&app_state) catch |e| {
        failure = allocator.dupe(u8, describe(e)) catch "no memory";
        return 1;
    };
    app_state.config = "";
    return 0;
}

fn pulpShutdown() callconv(.c) u32 {
    defer _ = arena_state.reset(.retain_capacity);
    const shutdown = app_state.on_shutdown orelse return 0;
    shutdown() catch |e| {
        report("shutdown", e);
        return 1;
    };
    return 0;
}

fn pulpStep(envelope: ?[*]const u8, length: u32) callconv(.c) u32 {
    const bytes = (envelope orelse return 1)[0..length];
    if (bytes.len < 20) return 1;
    const count = std.mem.readInt(u32, bytes[16..20], .little);
    if (count > bytes.len - 20) return 1;
    wall_time = std.mem.readInt(u64, bytes[8..16], .little);
    defer {
        _ = arena_state.reset(.{ .retain_with_limit = 1 << 20 });
        call.forget();
    }
    if (count == 0) {
        if (app_state.on_tick) |tick| tick() catch |e| report("tick", e);
        return 0;
    }
    dispatch(bytes[20..][0..count]) catch |e| {
        report("event", e);
        return 2;
    };
    return 0;
}

fn dispatch(payload: []const u8) !void {
    const Event = struct { kind: []const u8 = "", payload: messagepack.Raw = .{} };
    var r = messagepack.Reader.init(payload);
    const event = try r.read(Event, step());
    var body = messagepack.Reader.init(event.payload.bytes);
    const is = struct {
        fn is(a: []const u8, b: []const u8) bool {
            return std.mem.eql(u8, a, b);
        }
    }.is;
    if (is(event.kind, "http.request")) {
        try http.serve(app_state.routes.items, try body.read(http.Record, step()));
    } else if (std.mem.startsWith(u8, event.kind, "ws.")) {
        const record = try body.read(websocket.Record, step());
        websocket.serve(app_state.sockets.items, event.kind[3..], record) catch |e| report(event.kind, e);
    } else if (is(event.kind, "sse.subscribe") or is(event.kind, "sse.unsubscribe")) {
        const handler = if (event.kind.len == 13) app_state.on_subscribe else app_state.on_unsubscribe;
        const subscriber = try body.read(sse.Subscriber, step());
        if (handler) |f| f(subscriber) catch |e| report(event.kind, e);
    } else if (is(event.kind, "docker.event")) {
        const happened = try body.read(docker.Event, step());
        if (app_state.on_container) |f| f(happened) catch |e| report(event.kind, e);
    }
}

/// For the root's `pub const panic = pulp.panic;`: the log gets the sentence, and the instance ends.
pub const panic = std.debug.FullPanic(panicked);

fn panicked(message: []const u8, _: ?usize) noreturn {
    log.write(.critical, "panic", .{ .message = message });
    @trap();
}

/// An error with the last refused call's sentence, when that is what it came from.
pub fn describe(e: anyerror) []const u8 {
    const last = lastError();
    if (last.status == 0 or (last.code orelse return @errorName(e)) != e) return @errorName(e);
    return std.fmt.allocPrint(step(), "{s}: {s} (status {d})", .{ last.call, last.sentence, last.status }) catch @errorName(e);
}

pub fn report(what: []const u8, e: anyerror) void {
    log.write(.err, "a handler failed", .{ .event = what, .@"error" = describe(e) });
}
