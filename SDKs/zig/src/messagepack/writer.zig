const std = @import("std");
const types = @import("values.zig");
const Binary = types.Binary;
const Pair = types.Pair;
const Raw = types.Raw;
const Value = types.Value;

/// Appends MessagePack.
pub const Writer = struct {
    allocator: std.mem.Allocator,
    bytes: std.ArrayList(u8) = .empty,

    const Failure = error{OutOfMemory};

    fn head(w: *Writer, tag: u8, comptime Word: type, word: Word) Failure!void {
        var bytes: [1 + @sizeOf(Word)]u8 = undefined;
        bytes[0] = tag;
        std.mem.writeInt(Word, bytes[1..], word, .big);
        try w.bytes.appendSlice(w.allocator, &bytes);
    }

    pub fn map(w: *Writer, count: usize) Failure!void {
        try w.container(0x80, 0xde, count);
    }

    pub fn array(w: *Writer, count: usize) Failure!void {
        try w.container(0x90, 0xdc, count);
    }

    fn container(w: *Writer, fixed: u8, wide: u8, count: usize) Failure!void {
        if (count < 16) return w.bytes.append(w.allocator, fixed | @as(u8, @intCast(count)));
        if (count < 1 << 16) return w.head(wide, u16, @intCast(count));
        try w.head(wide + 1, u32, @intCast(count));
    }

    pub fn nil(w: *Writer) Failure!void {
        try w.bytes.append(w.allocator, 0xc0);
    }

    pub fn text(w: *Writer, value: []const u8) Failure!void {
        if (value.len < 32) {
            try w.bytes.append(w.allocator, 0xa0 | @as(u8, @intCast(value.len)));
        } else if (value.len < 1 << 16) {
            try w.head(0xda, u16, @intCast(value.len));
        } else try w.head(0xdb, u32, @intCast(value.len));
        try w.bytes.appendSlice(w.allocator, value);
    }

    pub fn binary(w: *Writer, value: []const u8) Failure!void {
        if (value.len < 1 << 8) try w.head(0xc4, u8, @intCast(value.len)) else try w.head(0xc6, u32, @intCast(value.len));
        try w.bytes.appendSlice(w.allocator, value);
    }

    pub fn integer(w: *Writer, value: anytype) Failure!void {
        if (value >= 0 and value < 0x80) return w.bytes.append(w.allocator, @intCast(value));
        if (value < 0) return w.head(0xd3, i64, @intCast(value));
        try w.head(0xcf, u64, @intCast(value));
    }

    /// Writes a value by its type: what `Reader.read` reads. A struct is a map without the fields that are null.
    /// `Binary` is a bin, `[]const u8` a str.
    pub fn write(w: *Writer, value: anytype) Failure!void {
        const T = @TypeOf(value);
        if (T == Value) return w.one(value);
        if (T == Binary) return w.binary(value.bytes);
        if (T == Raw) return w.bytes.appendSlice(w.allocator, value.bytes);
        switch (@typeInfo(T)) {
            .bool => try w.bytes.append(w.allocator, if (value) 0xc3 else 0xc2),
            .int => try w.integer(value),
            .comptime_int => try w.integer(@as(i64, value)),
            .float, .comptime_float => try w.head(0xcb, u64, @bitCast(@as(f64, value))),
            .null => try w.nil(),
            .optional => if (value) |some| try w.write(some) else try w.nil(),
            .pointer => |pointer| {
                if (pointer.size == .slice and pointer.child == u8) return w.text(value);
                if (pointer.size == .one and @typeInfo(pointer.child) == .array) {
                    if (@typeInfo(pointer.child).array.child == u8) return w.text(value);
                    return w.list(value[0..]);
                }
                if (T == []const Pair) return w.pairs(value);
                try w.list(value);
            },
            .@"struct" => try w.record(value),
            else => @compileError("MessagePack does not write " ++ @typeName(T)),
        }
    }

    fn list(w: *Writer, values: anytype) Failure!void {
        try w.array(values.len);
        for (values) |value| try w.write(value);
    }

    fn pairs(w: *Writer, values: []const Pair) Failure!void {
        try w.map(values.len);
        for (values) |pair| {
            try w.text(pair.name);
            try w.text(pair.value);
        }
    }

    fn record(w: *Writer, value: anytype) Failure!void {
        const names = @typeInfo(@TypeOf(value)).@"struct".field_names;
        var count: usize = 0;
        inline for (names) |name| {
            if (!isNull(@field(value, name))) count += 1;
        }
        try w.map(count);
        inline for (names) |name| {
            if (!isNull(@field(value, name))) {
                try w.text(name);
                try w.write(@field(value, name));
            }
        }
    }

    fn isNull(value: anytype) bool {
        return if (@typeInfo(@TypeOf(value)) == .optional) value == null else false;
    }

    fn one(w: *Writer, value: Value) Failure!void {
        switch (value) {
            .nil => try w.nil(),
            .boolean => |it| try w.write(it),
            .integer => |it| try w.integer(it),
            .float => |it| try w.write(it),
            .text => |it| try w.text(it),
            .bytes => |it| try w.binary(it),
            .nested => |it| try w.bytes.appendSlice(w.allocator, it),
            .time => |it| {
                try w.bytes.appendSlice(w.allocator, &.{ 0xc7, 12 });
                try w.head(0xff, u32, @intCast(@mod(it, std.time.ns_per_s)));
                var seconds: [8]u8 = undefined;
                std.mem.writeInt(i64, &seconds, @intCast(@divFloor(it, std.time.ns_per_s)), .big);
                try w.bytes.appendSlice(w.allocator, &seconds);
            },
        }
    }
};
