//! A reactor in Zig: one route, GET /zig/:name, answered with the event's first parameter, upside down.
const std = @import("std");

extern "pulp" fn http_register(pointer: [*]const u8, length: u32) u32;
extern "pulp" fn http_respond(pointer: [*]const u8, length: u32) u32;

const allocator = std.heap.wasm_allocator;

export fn pulp_alloc(size: u32) ?[*]u8 {
    const block = allocator.alloc(u8, size) catch return null;
    return block.ptr;
}

export fn pulp_free(block: [*]u8, size: u32) void {
    allocator.free(block[0..size]);
}

export fn pulp_init(config: ?[*]const u8, length: u32) u32 {
    _ = config;
    _ = length;
    const route = "\x82\xa6method\xa3GET\xa4path\xaa/zig/:name";
    return http_register(route.ptr, route.len);
}

/// The bytes behind `mark`, whose last byte is the tag of a short str.
fn after(bytes: []const u8, mark: []const u8) ?[]const u8 {
    const at = std.mem.indexOf(u8, bytes, mark) orelse return null;
    const rest = bytes[at + mark.len ..];
    if (rest.len == 0 or rest[0] & 0xe0 != 0xa0) return null;
    const length = rest[0] & 0x1f;
    if (rest.len < 1 + length) return null;
    return rest[1 .. 1 + length];
}

export fn pulp_step(bytes: [*]const u8, length: u32) u32 {
    const event = bytes[0..length];
    if (length <= 20) return 0;
    const name = after(event, "\xa4name") orelse return 2;
    const id_key = "\xa2id\xcf";
    const id_at = (std.mem.indexOf(u8, event, id_key) orelse return 3) + id_key.len;
    if (event.len < id_at + 8) return 3;

    var answer: [128]u8 = undefined;
    const head = "\x84\xa2id\xcf";
    const middle = "\xa6status\xcc\xc8\xa7headers\x80\xa4body\xc4";
    var at: usize = 0;
    for ([_][]const u8{ head, event[id_at .. id_at + 8], middle }) |part| {
        @memcpy(answer[at .. at + part.len], part);
        at += part.len;
    }
    answer[at] = @intCast(name.len);
    for (0..name.len) |i| answer[at + 1 + i] = name[name.len - 1 - i];
    return http_respond(&answer, @intCast(at + 1 + name.len));
}

export fn pulp_shutdown() u32 {
    return 0;
}

pub fn main() void {}
