//! Starts, and says so.
const pulp = @import("pulp");

pub const pulp_plugin = start;
pub const panic = pulp.panic;
comptime {
    pulp.exportPlugin();
}

fn start(_: *pulp.App) !void {
    pulp.log.info("PLUGIN_NAME is ready", .{});
}
