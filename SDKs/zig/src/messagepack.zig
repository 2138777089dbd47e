//! Reads and writes the MessagePack that a plugin and its host exchange.
const std = @import("std");

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

/// A name and its value: of a header, a query, a parameter.
pub const Pair = struct { name: []const u8, value: []const u8 };

/// The bytes of a value that is not read.
pub const Raw = struct { bytes: []const u8 = "" };

/// A value of SQL or of a configuration. Times are nanoseconds since 1970.
pub const Value = union(enum) {
    nil,
    boolean: bool,
    integer: i64,
    float: f64,
    text: []const u8,
    bytes: []const u8,
    time: i128,
    nested: []const u8,
};

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

/// Bytes that are written as bin.
pub const Binary = struct { bytes: []const u8 };

const testing = std.testing;

test "values come back as they were" {
    var arena = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena.deinit();
    const long = &@as([300]u8, @splat('x'));
    const longer = &@as([70_000]u8, @splat('y'));
    for ([_]Value{
        .nil,                               .{ .boolean = true }, .{ .integer = 0 },   .{ .integer = -1 },
        .{ .integer = std.math.maxInt(i64) }, .{ .integer = std.math.minInt(i64) }, .{ .float = 1.5 }, .{ .text = "" },
        .{ .text = long },                  .{ .text = longer },  .{ .bytes = long },  .{ .time = -5_000_000_000 + 7 },
    }) |value| {
        var w: Writer = .{ .allocator = arena.allocator() };
        try w.write(value);
        var r = Reader.init(w.bytes.items);
        try testing.expectEqualDeep(value, try r.value());
        try testing.expectEqual(w.bytes.items.len, r.at);
        var s = Reader.init(w.bytes.items);
        try testing.expectEqual(w.bytes.items.len, (try s.skip()).len);
    }
}

test "records keep what is missing, pass over what is unknown" {
    var arena = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena.deinit();
    var w: Writer = .{ .allocator = arena.allocator() };
    try w.write(.{ .a = 5, .unknown = .{ .deep = &[_]f64{ 1, 2 } }, .names = &[_][]const u8{ "p", "q" }, .none = @as(?u8, null) });
    const Record = struct { a: u8 = 0, b: []const u8 = "kept", names: []const []const u8 = &.{}, none: ?u8 = 7 };
    var r = Reader.init(w.bytes.items);
    const record = try r.read(Record, arena.allocator());
    try testing.expectEqual(5, record.a);
    try testing.expectEqualStrings("kept", record.b);
    try testing.expectEqualStrings("q", record.names[1]);
    try testing.expectEqual(7, record.none);
}

test "what is wrong is an error" {
    var arena = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena.deinit();
    for ([_][]const u8{
        "",                             "\xa5a",                        "\xdb\xff\xff\xff\xff", "\xc6\xff\xff\xff\xff\x01",
        "\xdd\xff\xff\xff\xff\x01", "\xdf\x7f\xff\xff\xff\x01", "\xc1",                 "\xc9\xff\xff\xff\xff\x01",
    }) |bytes| {
        var r = Reader.init(bytes);
        try testing.expectError(error.Malformed, r.skip());
        var s = Reader.init(bytes);
        try testing.expectError(error.Malformed, s.read([]const []const u8, arena.allocator()));
    }
    var deep = Reader.init(&@as([100_000]u8, @splat(0x91)));
    try testing.expectError(error.Malformed, deep.skip());
    var negative = Reader.init("\xff");
    try testing.expectError(error.Malformed, negative.integer(u64));
    var large = Reader.init("\xcf\x80\x00\x00\x00\x00\x00\x00\x00");
    try testing.expectError(error.Malformed, large.integer(i64));
}

test "no bytes lead outside" {
    var arena = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena.deinit();
    var random = std.Random.DefaultPrng.init(7);
    var bytes: [40]u8 = undefined;
    for (0..100_000) |_| {
        const part = bytes[0..random.random().uintLessThan(usize, bytes.len)];
        random.random().bytes(part);
        var r = Reader.init(part);
        _ = r.skip() catch {};
        var s = Reader.init(part);
        _ = s.read([]const Pair, arena.allocator()) catch {};
        var v = Reader.init(part);
        _ = v.value() catch {};
        _ = arena.reset(.retain_capacity);
    }
}

