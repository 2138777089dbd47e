//! Reads and writes the MessagePack that a plugin and its host exchange.
const std = @import("std");
const reader = @import("messagepack/reader.zig");
const values = @import("messagepack/values.zig");

pub const Error = reader.Error;
pub const Reader = reader.Reader;
pub const Writer = @import("messagepack/writer.zig").Writer;
pub const Pair = values.Pair;
pub const Raw = values.Raw;
pub const Value = values.Value;
pub const Binary = values.Binary;

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
