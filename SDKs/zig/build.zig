//! For a plugin with a build of its own: `dependency("pulp", .{}).module("pulp")`.
const std = @import("std");

pub fn build(b: *std.Build) void {
    _ = b.addModule("pulp", .{ .root_source_file = b.path("src/pulp.zig") });
}
