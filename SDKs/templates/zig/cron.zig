//! Works every second.
const std = @import("std");
const pulp = @import("pulp");

pub const pulp_plugin = start;
pub const panic = pulp.panic;
comptime {
    pulp.exportPlugin();
}

var runs: u64 = 0;

fn start(app: *pulp.App) !void {
    app.on_tick = work;
}

fn work() !void {
    runs += 1;
    pulp.log.info(try std.fmt.allocPrint(pulp.step(), "run {d}", .{runs}), .{});
}
