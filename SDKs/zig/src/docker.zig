//! The plugin's containers.
const call = @import("call.zig");
const imports = @import("imports.zig");
const messagepack = @import("messagepack.zig");
const Pair = messagepack.Pair;
const Error = call.Error;

/// `ports` is a map of the container's port to the host's, as its bytes.
pub const Container = struct {
    id: []const u8 = "",
    name: []const u8 = "",
    status: []const u8 = "",
    ip: []const u8 = "",
    ports: messagepack.Raw = .{},
    cpu_limit: f64 = 0,
    memory_limit: i64 = 0,
};

/// Published on the host's port `host`, or where that is 0 on any free one, of `range` (`FIRST-LAST`) if that is given.
pub const Port = struct {
    host: u16 = 0,
    container: u16,
    protocol: []const u8 = "tcp",
    name: ?[]const u8 = null,
    range: ?[]const u8 = null,
};

/// What is null is left to the host.
pub const Spec = struct {
    image: []const u8,
    name: ?[]const u8 = null,
    environment: ?[]const Pair = null,
    volumes: ?[]const Pair = null,
    ports: ?[]const Port = null,
    network: ?[]const u8 = null,
    ip: ?[]const u8 = null,
    cmd: ?[]const []const u8 = null,
    memory_limit: ?i64 = null,
    memory_swap: ?i64 = null,
    cpu_limit: ?f64 = null,
    pids_limit: ?i64 = null,
    disk_size_limit: ?i64 = null,
    disk_io_read_bps: ?i64 = null,
    disk_io_write_bps: ?i64 = null,
};

pub const Stats = struct {
    container_id: []const u8 = "",
    name: []const u8 = "",
    cpu_percent: f64 = 0,
    memory_used: i64 = 0,
    memory_limit: i64 = 0,
    net_rx_bytes: i64 = 0,
    net_tx_bytes: i64 = 0,
    disk_read_bytes: i64 = 0,
    disk_write_bytes: i64 = 0,
    timestamp: i64 = 0,
};

pub const Event = struct { timestamp: i64 = 0, container_id: []const u8 = "", name: []const u8 = "", action: []const u8 = "" };
pub const ExecResult = struct { output: []const u8 = "", exit_code: i64 = 0, truncated: bool = false };
pub const LogsRequest = struct { id: []const u8, tail: ?u32 = null, stream: ?[]const u8 = null, since_nanos: ?i64 = null };
pub const Logs = struct { logs: []const u8 = "", next_nanos: i64 = 0, truncated: bool = false };
pub const BuildStatus = struct { building: bool = false, last_build_time: i64 = 0, last_error: []const u8 = "" };

pub fn create(spec: Spec) Error!Container {
    return call.query(Container, "docker_create", imports.docker_create, spec);
}
pub fn get(name: []const u8) Error!Container {
    return call.query(Container, "docker_get", imports.docker_get, .{ .name = name });
}
pub fn list(filter: []const Pair) Error![]const Container {
    return call.query([]const Container, "docker_list", imports.docker_list, .{ .filter = filter });
}
pub fn destroy(id: []const u8) Error!void {
    try call.command("docker_destroy", imports.docker_destroy, .{ .id = id });
}
pub fn restart(id: []const u8) Error!void {
    try call.command("docker_restart", imports.docker_restart, .{ .id = id });
}
pub fn exec(id: []const u8, cmd: []const []const u8) Error!ExecResult {
    return call.query(ExecResult, "docker_exec", imports.docker_exec, .{ .id = id, .cmd = cmd });
}
pub fn logs(request: LogsRequest) Error!Logs {
    return call.query(Logs, "docker_logs", imports.docker_logs, request);
}
pub fn stats(id: []const u8) Error!Stats {
    return call.query(Stats, "docker_stats", imports.docker_stats, .{ .id = id });
}
pub fn statsAll() Error![]const Stats {
    return call.decode([]const Stats, "docker_stats_all", try call.queryBytes("docker_stats_all", imports.docker_stats_all, ""));
}
pub fn readFile(id: []const u8, path: []const u8) Error![]const u8 {
    return call.queryBytes("docker_files_read", imports.docker_files_read, try call.encoded(.{ .id = id, .path = path }));
}
pub fn writeFile(id: []const u8, path: []const u8, data: []const u8) Error!void {
    const content: messagepack.Binary = .{ .bytes = data };
    try call.command("docker_files_write", imports.docker_files_write, .{ .id = id, .path = path, .data = content });
}
pub fn deleteFile(id: []const u8, path: []const u8) Error!void {
    try call.command("docker_files_delete", imports.docker_files_delete, .{ .container = id, .path = path });
}
pub fn events(since_nanos: i64, limit: u32) Error![]const Event {
    return call.query([]const Event, "docker_events_poll", imports.docker_events_poll, .{ .since_nanos = since_nanos, .limit = limit });
}
pub fn build(tag: []const u8, folder: []const u8, args: []const Pair) Error!void {
    try call.command("docker_build", imports.docker_build, .{ .image_tag = tag, .build_dir = folder, .build_args = args });
}
pub fn buildStatus() Error!BuildStatus {
    return call.decode(BuildStatus, "docker_build_status", try call.queryBytes("docker_build_status", imports.docker_build_status, ""));
}
