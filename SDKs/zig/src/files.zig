//! The plugin's folder. Paths are relative; "." is the folder itself.
const call = @import("call.zig");
const imports = @import("imports.zig");
const Error = call.Error;

pub const Entry = struct { name: []const u8 = "", is_dir: bool = false };
pub const Stat = struct { name: []const u8 = "", size: i64 = 0, mod_time_ns: i64 = 0, mode: u32 = 0, is_dir: bool = false };
const Made = struct { path: []const u8 = "" };

/// A whole file; it lives as long as the step.
pub fn read(path: []const u8) Error![]const u8 {
    return call.queryBytes("fs_read", imports.fs_read, path);
}

/// At most so many bytes; fewer only where the file ends.
pub fn readAt(path: []const u8, offset: u64, max: u32) Error![]const u8 {
    return call.queryBytes("fs_read_at", imports.fs_read_at, try call.encoded(.{ .path = path, .offset = offset, .max = max }));
}

/// Makes or replaces a file; the mode is for one that is made, null for the host's default.
pub fn write(path: []const u8, data: []const u8, mode: ?u32) Error!void {
    const request: []const u8 = if (mode) |it| try call.encoded(.{ .mode = it }) else "";
    const status = imports.fs_write(path.ptr, @intCast(path.len), data.ptr, @intCast(data.len), request.ptr, @intCast(request.len));
    if (status != 0) return call.refused("fs_write", status);
}

pub fn writeAt(path: []const u8, offset: u64, data: []const u8, mode: ?u32) Error!void {
    const request = try call.encoded(.{ .path = path, .offset = offset, .mode = mode });
    const status = imports.fs_write_at(request.ptr, @intCast(request.len), data.ptr, @intCast(data.len));
    if (status != 0) return call.refused("fs_write_at", status);
}

pub fn truncate(path: []const u8, size: u64) Error!void {
    try call.command("fs_truncate", imports.fs_truncate, .{ .path = path, .size = size });
}

pub fn delete(path: []const u8) Error!void {
    try call.raw("fs_delete", imports.fs_delete, path);
}

pub fn removeAll(path: []const u8) Error!void {
    try call.raw("fs_remove_all", imports.fs_remove_all, path);
}

pub fn list(path: []const u8) Error![]const Entry {
    return call.decode([]const Entry, "fs_list", try call.queryBytes("fs_list", imports.fs_list, path));
}

pub fn stat(path: []const u8) Error!Stat {
    return call.query(Stat, "fs_stat", imports.fs_stat, .{ .path = path });
}

pub fn rename(old: []const u8, new: []const u8) Error!void {
    try call.command("fs_rename", imports.fs_rename, .{ .old = old, .new = new });
}

pub fn makeFolders(path: []const u8, mode: u32) Error!void {
    try call.command("fs_mkdir_all", imports.fs_mkdir_all, .{ .path = path, .mode = mode });
}

pub fn chmod(path: []const u8, mode: u32) Error!void {
    try call.command("fs_chmod", imports.fs_chmod, .{ .path = path, .mode = mode });
}

/// Makes a file of a new name in a folder ("" is tmp), and gives its path.
pub fn createTemp(dir: []const u8, pattern: []const u8) Error![]const u8 {
    return (try call.query(Made, "fs_create_temp", imports.fs_create_temp, .{ .dir = dir, .pattern = pattern })).path;
}

pub fn makeTempFolder(dir: []const u8, pattern: []const u8) Error![]const u8 {
    return (try call.query(Made, "fs_mkdir_temp", imports.fs_mkdir_temp, .{ .dir = dir, .pattern = pattern })).path;
}
