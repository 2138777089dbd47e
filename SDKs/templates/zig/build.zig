// For `zig build --release=small` and editors. `pulp build` needs none of it, and finds the SDK by itself.
const std = @import("std");

pub fn build(b: *std.Build) void {
    const optimize = b.standardOptimizeOption(.{});
    const target = b.resolveTargetQuery(.{ .cpu_arch = .wasm32, .os_tag = .freestanding });
    const pulp = b.createModule(.{
        .root_source_file = .{ .cwd_relative = "PULP_SDK/SDKs/zig/src/pulp.zig" },
        .target = target,
        .optimize = optimize,
    });
    const plugin = b.addExecutable(.{
        .name = "plugin",
        .root_module = b.createModule(.{
            .root_source_file = b.path("PLUGIN_SOURCE"),
            .target = target,
            .optimize = optimize,
            .imports = &.{.{ .name = "pulp", .module = pulp }},
        }),
    });
    plugin.entry = .disabled;
    plugin.rdynamic = true;
    // Beside the manifest, which expects it there.
    b.getInstallStep().dependOn(&b.addInstallFile(plugin.getEmittedBin(), "../plugin.wasm").step);
}
