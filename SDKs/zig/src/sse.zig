//! Events for clients that listen to a path.
const call = @import("call.zig");
const imports = @import("imports.zig");
const messagepack = @import("messagepack.zig");

pub const Subscriber = struct {
    subscriber_id: u64 = 0,
    path: []const u8 = "",
    params: []const messagepack.Pair = &.{},
    query: []const messagepack.Pair = &.{},
    last_event_id: []const u8 = "",
    remote_addr: []const u8 = "",
    /// "gone", "slow" or "closed", of one that has left.
    reason: []const u8 = "",
};

pub const Event = struct { path: []const u8, id: ?[]const u8 = null, event: ?[]const u8 = null, data: []const u8 };

/// Sends an event to all that listen to a path.
pub fn emit(event: Event) call.Error!void {
    try call.command("sse_emit", imports.sse_emit, event);
}

/// How many clients listen to a path.
pub fn subscribers(path: []const u8) call.Error!u32 {
    var count: u32 = 0;
    const status = imports.sse_has_subscribers(path.ptr, @intCast(path.len), &count);
    if (status != 0) return call.refused("sse_has_subscribers", status);
    return count;
}
