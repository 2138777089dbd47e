//! Calls every wrapper of SDKs/zig; Tests/SDKTests drives it.
const std = @import("std");
const pulp = @import("pulp");
const Response = pulp.Response;

pub const pulp_plugin = start;
pub const panic = pulp.panic;
comptime {
    pulp.exportPlugin();
}

const Config = struct {
    greeting: []const u8,
    count: u8 = 0,
    tags: []const []const u8 = &.{},
    missing: []const u8 = "kept",
    nested: struct { depth: ?u16 = null } = .{},
    strict: bool = false,
};
var config: Config = .{ .greeting = "" };
var waiting: std.ArrayList(u64) = .empty;
var conns: std.ArrayList(u64) = .empty;
var ticks: u32 = 0;

fn start(app: *pulp.App) !void {
    config = try app.configuration(Config);
    if (config.strict) config = try app.wholeConfiguration(Config);
    app.on_tick = tick;
    app.on_shutdown = shutdown;
    app.on_subscribe = subscribed;
    app.on_unsubscribe = unsubscribed;
    try app.get("/config", showConfig);
    try app.get("/hello/:name", hello);
    try app.get("/hello/you", helloYou);
    try app.get("/ends/*rest", rest);
    try app.get("/ends", ends);
    try app.put("/method", method);
    try app.patch("/method", method);
    try app.delete("/method", method);
    try app.get("/page", page);
    try app.get("/away", away);
    try app.post("/show", show);
    try app.post("/mirror", echo);
    try app.get("/cookies", cookies);
    try app.get("/error", failing);
    try app.get("/bad-header", badHeader);
    try app.get("/panic", panicking);
    try app.get("/later", later);
    try app.post("/release", release);
    try app.get("/ticks", showTicks);
    try app.webSocket("/chat/:room", .{ .open = opened, .message = message, .close = closed });
    try app.events("/live/:topic");
    try app.get("/listeners/:topic", listeners);
    try app.post("/fetch", fetch);
    try app.post("/read", read);
    try app.post("/proxy", proxy);
    try app.get("/files", files);
    try app.get("/sql", sql);
    try app.get("/docker", docker);
    try app.get("/others", others);
}

fn tick() !void {
    ticks += 1;
}
fn shutdown() !void {
    pulp.log.info("the end", .{});
}
fn showConfig(_: pulp.Request) !Response {
    return .print("{s} {d} {s} {s}", .{ config.greeting, config.count, config.tags[1], config.missing });
}
fn hello(r: pulp.Request) !Response {
    return .print("{s}, {s}!\n", .{ config.greeting, r.param("name") });
}
fn helloYou(_: pulp.Request) !Response {
    return .text("Hello yourself\n");
}
fn rest(r: pulp.Request) !Response {
    return .print("rest {s}", .{r.param("rest")});
}
fn ends(_: pulp.Request) !Response {
    return .text("the end");
}
fn method(r: pulp.Request) !Response {
    return .json(r.record.method);
}
fn page(_: pulp.Request) !Response {
    return Response.html("<p>").withHeader("X-One", "1");
}
fn away(_: pulp.Request) !Response {
    return .redirect("/elsewhere");
}
fn show(r: pulp.Request) !Response {
    return .print("{s} {s} {d} {s} {d} {}", .{
        r.record.path,    r.query("q") orelse "", r.queries().len, r.cookie("b") orelse "",
        r.body().len, pulp.now() > 1_000_000_000_000_000_000,
    });
}
fn echo(r: pulp.Request) !Response {
    return .{ .body = r.body() };
}
fn cookies(_: pulp.Request) !Response {
    return .{ .status = 201, .headers = &.{.{ .name = "x-one", .value = "1" }}, .cookies = &.{ "a=1", "b=2" }, .body = "<p>" };
}
fn failing(_: pulp.Request) !Response {
    return error.Secret;
}
fn badHeader(_: pulp.Request) !Response {
    return .{ .headers = &.{.{ .name = "X-A", .value = "a\r\nb" }} };
}
fn panicking(_: pulp.Request) !Response {
    @panic("in a handler");
}
fn later(r: pulp.Request) !Response {
    try waiting.append(pulp.allocator, try r.deferred());
    return .later;
}
fn release(r: pulp.Request) !Response {
    const count = waiting.items.len;
    for (waiting.items) |id| try pulp.http.respond(id, try .print("later {s}", .{r.body()}));
    waiting.clearRetainingCapacity();
    return .print("{d}", .{count});
}
fn showTicks(_: pulp.Request) !Response {
    return .print("{d}", .{ticks});
}

fn opened(c: pulp.websocket.Record) !void {
    try conns.append(pulp.allocator, c.conn_id);
    try pulp.websocket.send(c.conn_id, try std.fmt.allocPrint(pulp.step(), "welcome to {s}", .{c.params[0].value}));
}
fn message(c: pulp.websocket.Record) !void {
    if (c.opcode == 2) return pulp.websocket.sendBinary(c.conn_id, c.payload);
    if (std.mem.eql(u8, c.payload, "bye")) return pulp.websocket.close(c.conn_id, 4001, "as you wish");
    const all = try std.mem.concat(pulp.step(), u64, &.{ conns.items, &.{1 << 60} });
    const failed = try pulp.websocket.broadcast(all, c.payload);
    if (failed.len != 1 or failed[0] != 1 << 60) return error.FailedIsWrong;
}
fn closed(c: pulp.websocket.Record) !void {
    pulp.log.info("closed", .{ .code = c.code });
}
fn subscribed(s: pulp.sse.Subscriber) !void {
    try pulp.sse.emit(.{ .path = s.path, .id = "1", .event = "greeting", .data = "hello\nline" });
}
fn unsubscribed(s: pulp.sse.Subscriber) !void {
    pulp.log.info("gone", .{ .path = s.path, .reason = s.reason });
}
fn listeners(r: pulp.Request) !Response {
    const path = try std.fmt.allocPrint(pulp.step(), "/live/{s}", .{r.param("topic")});
    return .print("{d}", .{try pulp.sse.subscribers(path)});
}

fn fetch(r: pulp.Request) !Response {
    const answer = pulp.http.fetch(.{ .method = "POST", .url = r.body(), .body = "body", .timeout_ns = 5_000_000_000 }) catch |e| {
        const last = pulp.lastError();
        return (try Response.print("{s}|{s}|{s}", .{ pulp.describe(e), last.code_text, last.allow })).withStatus(502);
    };
    return .print("{d} {s} {s}", .{ answer.status, answer.header("content-type") orelse "", answer.body });
}
fn read(r: pulp.Request) !Response {
    const stream = (try pulp.http.fetchStream(.{ .url = r.body() })).stream();
    defer stream.close();
    var body: std.ArrayList(u8) = .empty;
    while (try stream.read(65_536)) |part| try body.appendSlice(pulp.step(), part);
    return .{ .body = body.items };
}
fn proxy(r: pulp.Request) !Response {
    const answer = try pulp.http.fetchStream(.{ .url = r.body() });
    return .{ .status = answer.status, .headers = &.{.{ .name = "X-Proxy", .value = "zig" }}, .stream = answer.stream() };
}

const Lines = struct {
    text: std.ArrayList(u8) = .empty,
    fn add(w: *Lines, comptime format: []const u8, arguments: anytype) !void {
        try w.text.appendSlice(pulp.step(), try std.fmt.allocPrint(pulp.step(), format ++ "\n", arguments));
    }
    /// What a call that should fail says, or that it does not.
    fn outcome(w: *Lines, name: []const u8, result: anytype) !void {
        if (result) |_| try w.add("{s} done", .{name}) else |e| try w.add("{s} {t} {s}", .{ name, e, pulp.describe(e) });
    }
    /// What a call gave, or why it failed. The sentence is that of the call before this one.
    fn line(w: *Lines, name: []const u8, result: anytype, comptime format: []const u8, arguments: anytype) !void {
        if (result) |_| {
            const gave = try std.fmt.allocPrint(pulp.step(), format, arguments);
            try w.add("{s} {s}", .{ name, gave });
        } else |e| try w.add("{s} error {s}", .{ name, pulp.describe(e) });
    }
    fn response(w: Lines) Response {
        return .text(w.text.items);
    }
};

fn files(_: pulp.Request) !Response {
    var w: Lines = .{};
    if (pulp.files.makeFolders("a/b", 0o755)) |_| {} else |e| {
        try w.outcome("a", @as(pulp.Error!void, e));
        return w.response();
    }
    try pulp.files.write("a/b/c.txt", "0123456789", 0o640);
    try pulp.files.writeAt("a/b/c.txt", 4, "xy", null);
    try pulp.files.truncate("a/b/c.txt", 8);
    try pulp.files.chmod("a/b/c.txt", 0o600);
    try pulp.files.rename("a/b/c.txt", "d/e.txt");
    try w.add("{s} {s}", .{ try pulp.files.read("d/e.txt"), try pulp.files.readAt("d/e.txt", 5, 6) });
    const stat = try pulp.files.stat("d/e.txt");
    try w.add("{s} {d} {o} {}", .{ stat.name, stat.size, stat.mode, stat.is_dir });
    const list = try pulp.files.list(".");
    for (list) |entry| try w.add("{s} {}", .{ entry.name, entry.is_dir });
    const made = try pulp.files.createTemp("", "x-*");
    const folder = try pulp.files.makeTempFolder("", "y-*");
    try w.add("{s} {s}", .{ made[0..6], folder[0..6] });
    try w.outcome("none", pulp.files.read("none"));
    try w.outcome("out", pulp.files.read("../x"));
    try pulp.files.delete("d/e.txt");
    try pulp.files.removeAll("a");
    return w.response();
}

fn sql(_: pulp.Request) !Response {
    var w: Lines = .{};
    if (pulp.sqlite.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, x REAL)", .{})) |_| {} else |e| {
        try w.outcome("a", @as(pulp.Error!void, e));
        return w.response();
    }
    const done = try pulp.sqlite.exec("INSERT INTO t (text, x) VALUES (?, ?)", .{ "one", 1.5 });
    try w.add("{d} {d}", .{ done.rows_affected, done.last_insert_id });
    const results = try pulp.sqlite.batch(&.{
        .{ .query = "INSERT INTO t (text, x) VALUES (?, ?)", .params = &.{ .{ .text = "two" }, .nil } },
        .{ .params = &.{ .{ .text = "three" }, .{ .integer = 3 } } },
        .{ .query = "SELECT count(*) FROM t" },
    });
    try w.add("{d} {d}", .{ results[1].last_insert_id, results[2].rows[0][0].integer });
    const rows = try pulp.sqlite.query("SELECT id, text, x FROM t ORDER BY id", .{});
    const Row = struct { id: u32, text: []const u8, x: ?f64 };
    for (0..rows.rows.len) |index| {
        const row = try rows.decode(Row, index);
        try w.add("{d} {s} {?d}", .{ row.id, row.text, row.x });
    }
    try w.outcome("narrow", (try pulp.sqlite.query("SELECT 300", .{})).decode(struct { n: u8 }, 0));
    try w.outcome("batch", pulp.sqlite.batch(&.{ .{ .query = "DELETE FROM t" }, .{ .query = "INSERT INTO t (id) VALUES (1), (1)" } }));
    try w.add("{?d}", .{pulp.lastError().failed});
    const many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n";
    var cursor = try pulp.sqlite.stream(many, .{}, 100);
    var sum: i64 = 0;
    while (try cursor.next()) |piece| for (piece.rows) |row| {
        sum += row[0].integer;
    };
    try w.add("{d}", .{sum});
    var early = try pulp.sqlite.stream(many, .{}, 100);
    early.close();
    try w.outcome("stream", pulp.sqlite.stream("SELECT nonsense", .{}, 100));
    try w.outcome("query", pulp.sqlite.query("SELECT * FROM notes", .{}));
    try w.outcome("again", pulp.sqlite.exec("INSERT INTO t (id) VALUES (1)", .{}));
    return w.response();
}

/// Makes a container, does everything with it, and removes it: a line for each call.
fn docker(r: pulp.Request) !Response {
    var w: Lines = .{};
    const ports: []const pulp.docker.Port = &.{
        .{ .host = 8080, .container = 80, .name = "web" }, .{ .container = 53, .protocol = "udp", .range = "9000-9009" },
    };
    const created = pulp.docker.create(.{
        .image = "local/busybox:1", .name = "job", .environment = &.{.{ .name = "A", .value = "b" }},
        .cmd = &.{ "sh", "-c", "echo begun; exec sleep 600" }, .memory_limit = 1 << 26, .cpu_limit = 0.5, .pids_limit = 16,
        .ports = if (r.query("ports") != null) ports else null,
    });
    const c: pulp.docker.Container = created catch .{ .id = "x", .name = "x" };
    try w.line("create", created, "{s} {s}", .{ c.name, c.status });
    const found = pulp.docker.get(c.name);
    try w.line("get", found, "{}", .{std.mem.eql(u8, (found catch c).id, c.id)});
    const list = pulp.docker.list(&.{.{ .name = "status", .value = "running" }});
    try w.line("list", list, "{d}", .{if (list) |it| it.len else |_| 0});
    try w.line("restart", pulp.docker.restart(c.id), "", .{});
    const done = pulp.docker.exec(c.id, &.{ "sh", "-c", "echo $A; exit 3" });
    const ended = done catch pulp.docker.ExecResult{};
    try w.line("exec", done, "{s} {d}", .{ std.mem.trim(u8, ended.output, "\n"), ended.exit_code });
    const logs = pulp.docker.logs(.{ .id = c.id, .tail = 1, .stream = "stdout" });
    const written = logs catch pulp.docker.Logs{};
    try w.line("logs", logs, "{s} {}", .{ std.mem.trim(u8, written.logs, "\n"), written.next_nanos > 0 });
    const stats = pulp.docker.stats(c.id);
    try w.line("stats", stats, "{}", .{std.mem.eql(u8, (stats catch pulp.docker.Stats{}).container_id, c.id)});
    const all = pulp.docker.statsAll();
    try w.line("stats_all", all, "{d}", .{if (all) |it| it.len else |_| 0});
    try w.line("files_write", pulp.docker.writeFile(c.id, "/tmp/x", "data"), "", .{});
    const data = pulp.docker.readFile(c.id, "/tmp/x");
    try w.line("files_read", data, "{s}", .{data catch ""});
    try w.line("files_delete", pulp.docker.deleteFile(c.id, "/tmp/x"), "", .{});
    try w.line("events_poll", pulp.docker.events(1, 10), "", .{});
    try w.line("build", pulp.docker.build("local/busybox:zig", "", &.{.{ .name = "A", .value = "1" }}), "", .{});
    try w.line("build_status", pulp.docker.buildStatus(), "", .{});
    try w.line("destroy", pulp.docker.destroy(c.id), "", .{});
    try w.line("again", pulp.docker.destroy(c.id), "", .{});
    return w.response();
}

fn others(_: pulp.Request) !Response {
    var w: Lines = .{};
    try w.add("{d}", .{(try pulp.random(16)).len});
    try w.outcome("many", pulp.random(70_000));
    pulp.log.warning("a line", .{ .n = 1, .ok = true, .why = "so" });
    for (0..300) |_| _ = try pulp.random(65_536);
    return w.response();
}
