//! How a call crosses to the host and back.
const std = @import("std");
const pulp = @import("pulp.zig");
const messagepack = @import("messagepack.zig");

/// What a call may fail with; `lastError()` has the status and a sentence.
pub const Error = error{ NotGranted, NotFound, Unavailable, Limit, Closed, Constraint, ReadOnly, Refused, Malformed, OutOfMemory };

/// A refused call. Its texts live as long as the step.
pub const Last = struct {
    call: []const u8 = "",
    status: i32 = 0,
    sentence: []const u8 = "",
    /// The host's word for a fetch that failed, "blocked", and what `[http] allow` could hold.
    code_text: []const u8 = "",
    allow: []const u8 = "",
    /// Which statement of a batch failed, from 0.
    failed: ?u32 = null,
    code: ?anyerror = null,
};

var last: Last = .{};

pub fn lastError() Last {
    return last;
}

pub fn forget() void {
    last = .{};
}

pub fn set(found: Last) void {
    last = found;
}

fn capability(name: []const u8) []const u8 {
    const table = [_][2][]const u8{
        .{ "http_fetch", "transport.http.outbound" }, .{ "http_", "transport.http.inbound" },
        .{ "ws_", "transport.ws.inbound" },           .{ "sse_", "transport.sse" },
        .{ "fs_", "storage.fs" },                     .{ "sqlite_", "storage.sqlite" },
        .{ "docker_", "spawn.docker" },
    };
    for (table) |row| if (std.mem.startsWith(u8, name, row[0])) return row[1];
    return "it";
}

/// Notes a status, and gives the error for it.
pub fn refused(name: []const u8, status: i32) Error {
    const is_sql = std.mem.startsWith(u8, name, "sqlite_");
    const is_file = std.mem.startsWith(u8, name, "fs_");
    var code: Error = error.Refused;
    var sentence: []const u8 = "the host refused";
    switch (status) {
        1 => sentence = "the request is empty, or a field is not allowed",
        2 => sentence = "the request is too long",
        3 => sentence = "the request cannot be read",
        4 => sentence = if (is_file) "the path is rejected (in a cell: the operation failed)" else "the operation failed, or what is named is not there",
        5 => sentence = if (is_sql) "the SQL failed" else if (is_file) "the operation failed (in a cell: the path is rejected)" else "the operation failed",
        6 => {
            code = error.NotFound;
            sentence = "it does not exist";
        },
        7, 8 => {
            code = error.OutOfMemory;
            sentence = "there is no memory for the answer";
        },
        9 => {
            code = error.Closed;
            sentence = "it is closed, or was never there";
        },
        10 => {
            code = error.Unavailable;
            sentence = "what stands behind the capability is not there";
        },
        11 => sentence = "not allowed, or not now",
        12, 15 => {
            code = error.Limit;
            sentence = if (is_sql) "the database is locked, or too many cursors are open" else "a limit is reached; the log says which";
        },
        13 => {
            code = error.Constraint;
            sentence = "a constraint does not hold";
        },
        14 => {
            code = error.ReadOnly;
            sentence = "the database is read-only";
        },
        99 => {
            code = error.NotGranted;
            sentence = std.fmt.allocPrint(pulp.step(), "the manifest does not grant it; add \"{s}\" to capabilities", .{capability(name)}) catch "the manifest does not grant it";
        },
        else => {},
    }
    last = .{ .call = name, .status = status, .sentence = sentence, .code = code };
    return code;
}

pub fn wrong(name: []const u8, e: (messagepack.Error || error{OutOfMemory})) Error {
    last = .{ .call = name, .status = 3, .sentence = "what came is not the record that it should be", .code = e };
    return e;
}

pub fn encoded(request: anytype) Error![]const u8 {
    var w: messagepack.Writer = .{ .allocator = pulp.step() };
    try w.write(request);
    return w.bytes.items;
}

/// A call that answers a status, with a record.
pub fn command(name: []const u8, import: anytype, request: anytype) Error!void {
    try raw(name, import, try encoded(request));
}

/// A call that answers a status, with bytes.
pub fn raw(name: []const u8, import: anytype, bytes: []const u8) Error!void {
    const status = import(bytes.ptr, @intCast(bytes.len));
    if (status != 0) return refused(name, status);
}

/// The out-pair of a call. What the host allocated is copied into the step's arena and freed.
pub const Answer = struct {
    ptr: ?[*]u8 = null,
    len: u32 = 0,

    pub fn bytes(answer: *Answer) Error![]const u8 {
        const whole = pulp.takeBlock(answer.ptr orelse return "") orelse return error.Malformed;
        defer pulp.allocator.free(whole);
        if (answer.len > whole.len) return error.Malformed;
        return pulp.step().dupe(u8, whole[0..answer.len]);
    }
};

/// A call that answers bytes.
pub fn queryBytes(name: []const u8, import: anytype, request: []const u8) Error![]const u8 {
    var answer: Answer = .{};
    const status = import(request.ptr, @intCast(request.len), &answer.ptr, &answer.len);
    const bytes = try answer.bytes();
    return if (status != 0) refused(name, status) else bytes;
}

/// A call that answers a record.
pub fn query(comptime T: type, name: []const u8, import: anytype, request: anytype) Error!T {
    return decode(T, name, try queryBytes(name, import, try encoded(request)));
}

/// Reads a record. Its texts live as long as the step.
pub fn decode(comptime T: type, name: []const u8, bytes: []const u8) Error!T {
    if (bytes.len == 0) return if (@typeInfo(T) == .pointer) &.{} else .{};
    var r = messagepack.Reader.init(bytes);
    return r.read(T, pulp.step()) catch |e| wrong(name, e);
}
