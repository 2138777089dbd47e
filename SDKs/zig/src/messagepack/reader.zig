const std = @import("std");
const types = @import("values.zig");
const Pair = types.Pair;
const Raw = types.Raw;
const Value = types.Value;

pub const Error = error{Malformed};

/// Goes through a value from front to back. It cannot leave its bytes; slices that it gives lie in them.
pub const Reader = struct {
    bytes: []const u8,
    at: usize = 0,

    pub fn init(bytes: []const u8) Reader {
        return .{ .bytes = bytes };
    }

    fn take(r: *Reader, count: u64) Error![]const u8 {
        if (count > r.bytes.len - r.at) return error.Malformed;
        const length: usize = @intCast(count);
        defer r.at += length;
        return r.bytes[r.at..][0..length];
    }

    fn byte(r: *Reader) Error!u8 {
        return (try r.take(1))[0];
    }

    pub fn peek(r: *const Reader) Error!u8 {
        return if (r.at < r.bytes.len) r.bytes[r.at] else error.Malformed;
    }

    fn big(r: *Reader, comptime Word: type) Error!Word {
        const part = try r.take(@sizeOf(Word));
        return std.mem.readInt(Word, part[0..@sizeOf(Word)], .big);
    }

    /// The number of pairs of a map; nil has none.
    pub fn map(r: *Reader) Error!usize {
        return r.container(0x80, 0xde, 2);
    }

    /// The number of elements of an array; nil has none.
    pub fn array(r: *Reader) Error!usize {
        return r.container(0x90, 0xdc, 1);
    }

    /// No element is shorter than a byte, so that a count beyond what is left is a lie.
    fn container(r: *Reader, fixed: u8, wide: u8, each: u64) Error!usize {
        const tag = try r.byte();
        const count: u64 = if (tag & 0xf0 == fixed)
            tag & 0x0f
        else if (tag == wide)
            try r.big(u16)
        else if (tag == wide + 1)
            try r.big(u32)
        else if (tag == 0xc0)
            0
        else
            return error.Malformed;
        if (count * each > r.bytes.len - r.at) return error.Malformed;
        return @intCast(count);
    }

    /// What a str or a bin holds; nil is none.
    pub fn text(r: *Reader) Error![]const u8 {
        const tag = try r.byte();
        if (tag & 0xe0 == 0xa0) return r.take(tag & 0x1f);
        return switch (tag) {
            0xc4, 0xd9 => r.take(try r.big(u8)),
            0xc5, 0xda => r.take(try r.big(u16)),
            0xc6, 0xdb => r.take(try r.big(u32)),
            0xc0 => "",
            else => error.Malformed,
        };
    }

    pub fn boolean(r: *Reader) Error!bool {
        return switch (try r.byte()) {
            0xc3 => true,
            0xc2, 0xc0 => false,
            else => error.Malformed,
        };
    }

    /// An integer of any width that fits into `Number`; nil is 0.
    pub fn integer(r: *Reader, comptime Number: type) Error!Number {
        const tag = try r.byte();
        const number: i128 = switch (tag) {
            0x00...0x7f => tag,
            0xe0...0xff => @as(i8, @bitCast(tag)),
            0xcc => try r.big(u8),
            0xcd => try r.big(u16),
            0xce => try r.big(u32),
            0xcf => try r.big(u64),
            0xd0 => try r.big(i8),
            0xd1 => try r.big(i16),
            0xd2 => try r.big(i32),
            0xd3 => try r.big(i64),
            0xc0 => 0,
            else => return error.Malformed,
        };
        return std.math.cast(Number, number) orelse error.Malformed;
    }

    pub fn float(r: *Reader) Error!f64 {
        switch (try r.peek()) {
            0xca => {
                r.at += 1;
                return @as(f32, @bitCast(try r.big(u32)));
            },
            0xcb => {
                r.at += 1;
                return @bitCast(try r.big(u64));
            },
            0xcf => return @floatFromInt(try r.integer(u64)),
            else => return @floatFromInt(try r.integer(i64)),
        }
    }

    /// Passes over one value, however it is nested, and gives its bytes.
    pub fn skip(r: *Reader) Error![]const u8 {
        const from = r.at;
        var left: u64 = 1;
        while (left > 0) : (left -= 1) {
            switch (try r.peek()) {
                0x80...0x8f, 0xde, 0xdf => left += 2 * @as(u64, try r.map()),
                0x90...0x9f, 0xdc, 0xdd => left += @as(u64, try r.array()),
                0xa0...0xbf, 0xc4...0xc6, 0xd9...0xdb => _ = try r.text(),
                0xca, 0xcb => _ = try r.float(),
                0xc2, 0xc3 => r.at += 1,
                0xc7...0xc9, 0xd4...0xd8 => _ = try r.extension(),
                else => _ = try r.integer(i128),
            }
        }
        return r.bytes[from..r.at];
    }

    pub const Extension = struct { kind: i8, bytes: []const u8 };

    fn extension(r: *Reader) Error!Extension {
        const tag = try r.byte();
        const length: u64 = switch (tag) {
            0xc7 => try r.big(u8),
            0xc8 => try r.big(u16),
            0xc9 => try r.big(u32),
            else => @as(u64, 1) << @intCast(tag - 0xd4),
        };
        const kind: i8 = @bitCast(try r.byte());
        return .{ .kind = kind, .bytes = try r.take(length) };
    }

    /// Reads a value of a type: an integer, a float, a bool, `[]const u8`, `Pairs`, `Value`, a slice of those, an
    /// optional (nil is null), or a struct, which is a map whose unknown keys are passed over; a field that is missing
    /// keeps its default. Slices are made by `allocator`.
    pub fn read(r: *Reader, comptime T: type, allocator: std.mem.Allocator) (Error || error{OutOfMemory})!T {
        if (T == []const u8) return r.text();
        if (T == bool) return r.boolean();
        if (T == Value) return r.value();
        if (T == Raw) return .{ .bytes = try r.skip() };
        switch (@typeInfo(T)) {
            .int => return r.integer(T),
            .float => return @floatCast(try r.float()),
            .optional => |optional| {
                if (try r.peek() == 0xc0) {
                    r.at += 1;
                    return null;
                }
                return try r.read(optional.child, allocator);
            },
            .pointer => |pointer| {
                if (T == []const Pair) return r.pairs(allocator);
                const count = try r.array();
                // A lie costs no more than the bytes that are there: each element has one at least.
                const elements = try allocator.alloc(pointer.child, count);
                for (elements) |*element| element.* = try r.read(pointer.child, allocator);
                return elements;
            },
            .@"struct" => return r.record(T, allocator),
            else => @compileError("MessagePack does not read " ++ @typeName(T)),
        }
    }

    fn record(r: *Reader, comptime T: type, allocator: std.mem.Allocator) !T {
        var result: T = .{};
        for (0..try r.map()) |_| {
            const key = try r.text();
            inline for (@typeInfo(T).@"struct".field_names) |name| {
                if (std.mem.eql(u8, key, name)) {
                    @field(result, name) = try r.read(@FieldType(T, name), allocator);
                    break;
                }
            } else _ = try r.skip();
        }
        return result;
    }

    /// A map of str to str, or an array of [str, str].
    fn pairs(r: *Reader, allocator: std.mem.Allocator) ![]const Pair {
        const tag = try r.peek();
        const is_list = tag & 0xf0 == 0x90 or tag == 0xdc or tag == 0xdd;
        const count = if (is_list) try r.array() else try r.map();
        const result = try allocator.alloc(Pair, count);
        for (result) |*pair| {
            if (is_list and try r.array() != 2) return error.Malformed;
            const name = try r.text();
            pair.* = .{ .name = name, .value = try r.text() };
        }
        return result;
    }

    /// A value of a table or a configuration; what is nested stays as its bytes.
    pub fn value(r: *Reader) Error!Value {
        return switch (try r.peek()) {
            0xc0 => {
                r.at += 1;
                return .nil;
            },
            0xc2, 0xc3 => .{ .boolean = try r.boolean() },
            0xca, 0xcb => .{ .float = try r.float() },
            0xa0...0xbf, 0xd9...0xdb => .{ .text = try r.text() },
            0xc4...0xc6 => .{ .bytes = try r.text() },
            0x80...0x9f, 0xdc...0xdf => .{ .nested = try r.skip() },
            0xc7...0xc9, 0xd4...0xd8 => .{ .time = try timestamp(try r.extension()) },
            else => .{ .integer = try r.integer(i64) },
        };
    }

    fn timestamp(found: Extension) Error!i128 {
        if (found.kind != -1) return error.Malformed;
        const second = std.time.ns_per_s;
        switch (found.bytes.len) {
            4 => return @as(i128, std.mem.readInt(u32, found.bytes[0..4], .big)) * second,
            8 => {
                const packed_time = std.mem.readInt(u64, found.bytes[0..8], .big);
                return @as(i128, packed_time & ((1 << 34) - 1)) * second + (packed_time >> 34);
            },
            12 => return @as(i128, std.mem.readInt(i64, found.bytes[4..12], .big)) * second +
                std.mem.readInt(u32, found.bytes[0..4], .big),
            else => return error.Malformed,
        }
    }
};
