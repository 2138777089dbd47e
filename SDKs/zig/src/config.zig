//! Reads the table `[config]` into a struct, and says of a value that does not fit which key it has and what is wanted.
const std = @import("std");
const call = @import("call.zig");
const messagepack = @import("messagepack.zig");
const Error = call.Error;

pub const Keys = enum {
    /// A key that no field takes is passed over.
    some,
    /// A key that no field takes is an error: one that is misspelt.
    all,
};

/// A field without a default has to be there. Texts lie in `bytes`.
pub fn read(comptime T: type, bytes: []const u8, keys: Keys, allocator: std.mem.Allocator) Error!T {
    var table: Table = .{ .keys = keys, .allocator = allocator };
    // No bytes are an empty table.
    var r = messagepack.Reader.init(if (bytes.len == 0) "\x80" else bytes);
    return table.fields(T, &r, "");
}

const Table = struct {
    keys: Keys,
    allocator: std.mem.Allocator,

    fn fields(table: *Table, comptime T: type, r: *messagepack.Reader, path: []const u8) Error!T {
        const info = @typeInfo(T).@"struct";
        var result: T = undefined;
        var found: [info.field_names.len]bool = @splat(false);
        for (0..r.map() catch return table.wrong(path, T)) |_| {
            const key = r.text() catch return table.wrong(path, T);
            inline for (info.field_names, info.field_types, 0..) |name, Field, index| {
                if (std.mem.eql(u8, key, name)) {
                    @field(result, name) = try table.value(Field, r, try table.join(path, name));
                    found[index] = true;
                    break;
                }
            } else {
                if (table.keys == .all) return table.unknown(T, path, key);
                _ = r.skip() catch return table.wrong(path, T);
            }
        }
        inline for (info.field_names, info.field_types, info.field_attrs, 0..) |name, Field, attrs, index| {
            if (!found[index]) {
                @field(result, name) = if (comptime attrs.defaultValue(Field)) |default| default else {
                    return table.refuse("[config] {s} is missing: {s} is wanted", .{ try table.join(path, name), comptime wanted(Field) });
                };
            }
        }
        return result;
    }

    fn value(table: *Table, comptime T: type, r: *messagepack.Reader, path: []const u8) Error!T {
        switch (@typeInfo(T)) {
            .@"struct" => return table.fields(T, r, try table.join(path, "")),
            .pointer => |pointer| if (T != []const u8) {
                const elements = try table.allocator.alloc(pointer.child, r.array() catch return table.wrong(path, T));
                for (elements, 0..) |*element, index| {
                    const place = try std.fmt.allocPrint(table.allocator, "{s}[{d}]", .{ path, index });
                    element.* = try table.value(pointer.child, r, place);
                }
                return elements;
            },
            else => {},
        }
        // What is text in the manifest is no number, and the other way round: the reader takes nil for either.
        if (@typeInfo(T) != .optional and T != messagepack.Value and r.peek() catch 0xc0 == 0xc0) return table.wrong(path, T);
        return r.read(T, table.allocator) catch |e| if (e == error.OutOfMemory) error.OutOfMemory else table.wrong(path, T);
    }

    fn join(table: *Table, path: []const u8, name: []const u8) Error![]const u8 {
        if (path.len == 0) return name;
        const dot: []const u8 = if (path[path.len - 1] == '.') "" else ".";
        return std.mem.concat(table.allocator, u8, &.{ path, dot, name });
    }

    fn wrong(table: *Table, path: []const u8, comptime T: type) Error {
        const name = std.mem.trimEnd(u8, path, ".");
        return table.refuse("[config] {s}: {s} is wanted", .{ if (name.len == 0) "as a whole" else name, comptime wanted(T) });
    }

    fn unknown(table: *Table, comptime T: type, path: []const u8, key: []const u8) Error {
        comptime var known: []const u8 = "";
        inline for (@typeInfo(T).@"struct".field_names) |name| known = known ++ (if (known.len == 0) "" else ", ") ++ name;
        return table.refuse("[config] {s}{s} is no setting of this plugin; it has {s}", .{ path, key, known });
    }

    fn refuse(table: *Table, comptime sentence: []const u8, arguments: anytype) Error {
        const text = std.fmt.allocPrint(table.allocator, sentence, arguments) catch return error.OutOfMemory;
        call.set(.{ .call = "config", .status = 3, .sentence = text, .code = error.Malformed });
        return error.Malformed;
    }
};

fn wanted(comptime T: type) []const u8 {
    if (T == []const u8) return "text";
    if (T == messagepack.Value) return "a value";
    return switch (@typeInfo(T)) {
        .bool => "true or false",
        .float => "a number",
        .int => std.fmt.comptimePrint("an integer from {d} to {d}", .{ std.math.minInt(T), std.math.maxInt(T) }),
        .optional => |optional| wanted(optional.child),
        .pointer => "an array",
        .@"struct" => "a table",
        else => @compileError("[config] does not hold " ++ @typeName(T)),
    };
}
