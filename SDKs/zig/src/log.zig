//! The host's log.
const call = @import("call.zig");
const imports = @import("imports.zig");

pub const Level = enum(u8) { trace, debug, info, notice, warning, err, critical };

/// Writes a line. Fields are text, numbers and booleans: `.{ .visits = 3 }`. A line too many is dropped, and counted.
pub fn write(level: Level, message: []const u8, fields: anytype) void {
    const record = .{ .level = @as(u8, @backingInt(level)), .message = message, .fields = fields };
    const bytes = call.encoded(record) catch return;
    _ = imports.log_write(bytes.ptr, @intCast(bytes.len));
}

pub fn info(message: []const u8, fields: anytype) void {
    write(.info, message, fields);
}

pub fn warning(message: []const u8, fields: anytype) void {
    write(.warning, message, fields);
}
