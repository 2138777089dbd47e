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

pub fn trace(message: []const u8, fields: anytype) void {
    write(.trace, message, fields);
}

pub fn debug(message: []const u8, fields: anytype) void {
    write(.debug, message, fields);
}

pub fn info(message: []const u8, fields: anytype) void {
    write(.info, message, fields);
}

pub fn notice(message: []const u8, fields: anytype) void {
    write(.notice, message, fields);
}

pub fn err(message: []const u8, fields: anytype) void {
    write(.err, message, fields);
}

pub fn critical(message: []const u8, fields: anytype) void {
    write(.critical, message, fields);
}

pub fn warning(message: []const u8, fields: anytype) void {
    write(.warning, message, fields);
}
