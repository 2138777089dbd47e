//! WebSockets of clients.
const std = @import("std");
const pulp = @import("pulp.zig");
const call = @import("call.zig");
const http = @import("http.zig");
const imports = @import("imports.zig");
const messagepack = @import("messagepack.zig");
const Error = call.Error;

pub const Record = struct {
    conn_id: u64 = 0,
    path: []const u8 = "",
    params: []const messagepack.Pair = &.{},
    query: []const messagepack.Pair = &.{},
    headers: []const messagepack.Pair = &.{},
    remote_addr: []const u8 = "",
    protocol: []const u8 = "",
    opcode: u8 = 0,
    payload: []const u8 = "",
    code: u16 = 0,
    reason: []const u8 = "",
};

/// What is done with the connections of a pattern. `path` and its like are of `open` only.
pub const Handlers = struct {
    open: ?*const fn (Record) anyerror!void = null,
    message: ?*const fn (Record) anyerror!void = null,
    close: ?*const fn (Record) anyerror!void = null,
};

pub const Route = struct { pattern: []const u8, handlers: Handlers };

/// Which route a connection came by. One that another instance has seen open goes to the first.
var known: std.AutoHashMapUnmanaged(u64, u32) = .empty;

pub fn serve(routes: []const Route, what: []const u8, record: Record) !void {
    if (routes.len == 0) return;
    var index: u32 = known.get(record.conn_id) orelse 0;
    if (std.mem.eql(u8, what, "open")) {
        var best: ?u32 = null;
        for (routes, 0..) |route, at| {
            if (!http.matches(route.pattern, record.path)) continue;
            if (best == null or http.isBefore(route.pattern, routes[best.?].pattern)) best = @intCast(at);
        }
        index = best orelse 0;
        try known.put(pulp.allocator, record.conn_id, index);
    } else if (std.mem.eql(u8, what, "close")) _ = known.remove(record.conn_id);
    const handlers = routes[index].handlers;
    const handler = switch (what[0]) {
        'o' => handlers.open,
        'f' => handlers.message,
        else => handlers.close,
    };
    if (handler) |f| try f(record);
}

pub fn send(id: u64, text: []const u8) Error!void {
    try one(id, 1, text);
}

pub fn sendBinary(id: u64, bytes: []const u8) Error!void {
    try one(id, 2, bytes);
}

fn one(id: u64, opcode: u8, bytes: []const u8) Error!void {
    const payload: messagepack.Binary = .{ .bytes = bytes };
    try call.command("ws_send", imports.ws_send, .{ .conn_id = id, .opcode = opcode, .payload = payload });
}

/// Sends text to many, encoded once; gives those that it did not go to.
pub fn broadcast(ids: []const u64, text: []const u8) Error![]const u64 {
    const Answer = struct { failed: []const u64 = &.{} };
    const payload: messagepack.Binary = .{ .bytes = text };
    const request = .{ .conn_ids = ids, .opcode = @as(u8, 1), .payload = payload };
    return (try call.query(Answer, "ws_send_many", imports.ws_send_many, request)).failed;
}

/// Closes a connection; code 0 is 1000.
pub fn close(id: u64, code: u16, reason: []const u8) Error!void {
    try call.command("ws_close", imports.ws_close, .{ .conn_id = id, .code = code, .reason = reason });
}
