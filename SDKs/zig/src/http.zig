//! Requests of clients and their answers; requests to other servers.
const std = @import("std");
const pulp = @import("pulp.zig");
const call = @import("call.zig");
const imports = @import("imports.zig");
const messagepack = @import("messagepack.zig");
const Pair = messagepack.Pair;
const Error = call.Error;

pub const Handler = *const fn (Request) anyerror!Response;
pub const Route = struct { method: []const u8, pattern: []const u8, handler: Handler };

pub const Record = struct {
    id: u64 = 0,
    method: []const u8 = "",
    path: []const u8 = "",
    params: []const Pair = &.{},
    query: []const Pair = &.{},
    headers: []const Pair = &.{},
    header_list: []const Pair = &.{},
    query_list: []const Pair = &.{},
    body: []const u8 = "",
    remote_addr: []const u8 = "",
    host: []const u8 = "",
};

/// What a client asked; it lives as long as the step.
pub const Request = struct {
    record: Record,

    pub fn body(r: Request) []const u8 {
        return r.record.body;
    }

    /// What `:name` of the pattern took.
    pub fn param(r: Request, name: []const u8) []const u8 {
        return exact(r.record.params, name) orelse "";
    }

    pub fn query(r: Request, name: []const u8) ?[]const u8 {
        return exact(r.record.query, name);
    }

    pub fn header(r: Request, name: []const u8) ?[]const u8 {
        return first(r.headers(), name);
    }

    /// Every field, in order, those that repeat too.
    pub fn headers(r: Request) []const Pair {
        return if (r.record.header_list.len > 0) r.record.header_list else r.record.headers;
    }

    pub fn queries(r: Request) []const Pair {
        return if (r.record.query_list.len > 0) r.record.query_list else r.record.query;
    }

    pub fn cookie(r: Request, name: []const u8) ?[]const u8 {
        var parts = std.mem.tokenizeAny(u8, r.header("Cookie") orelse return null, "; ");
        while (parts.next()) |part| {
            const at = std.mem.indexOfScalar(u8, part, '=') orelse continue;
            if (std.mem.eql(u8, part[0..at], name)) return std.mem.trim(u8, part[at + 1 ..], "\"");
        }
        return null;
    }

    /// Lets the answer come later: return `.later`, and send it from another step with `respond(id, ...)`.
    pub fn deferred(r: Request) Error!u64 {
        const status = imports.http_defer(low(r.record.id), high(r.record.id));
        if (status != 0) return call.refused("http_defer", status);
        return r.record.id;
    }
};

pub fn low(id: u64) u32 {
    return @truncate(id);
}

pub fn high(id: u64) u32 {
    return @truncate(id >> 32);
}

fn exact(pairs: []const Pair, name: []const u8) ?[]const u8 {
    for (pairs) |pair| if (std.mem.eql(u8, pair.name, name)) return pair.value;
    return null;
}

/// As headers are named: in any case.
fn first(pairs: []const Pair, name: []const u8) ?[]const u8 {
    for (pairs) |pair| if (std.ascii.eqlIgnoreCase(pair.name, name)) return pair.value;
    return null;
}

pub const Response = struct {
    status: u16 = 200,
    headers: []const Pair = &.{},
    /// Values of Set-Cookie.
    cookies: []const []const u8 = &.{},
    body: []const u8 = "",
    /// Sent instead of `body`, by the host alone.
    stream: ?Stream = null,
    is_later: bool = false,

    /// For a request that was deferred.
    pub const later: Response = .{ .is_later = true };

    pub fn text(body: []const u8) Response {
        return .{ .headers = &.{.{ .name = "Content-Type", .value = "text/plain; charset=utf-8" }}, .body = body };
    }

    pub fn html(body: []const u8) Response {
        return .{ .headers = &.{.{ .name = "Content-Type", .value = "text/html; charset=utf-8" }}, .body = body };
    }

    /// Text that is JSON, as `std.json` makes it.
    pub fn json(body: []const u8) Response {
        return .{ .headers = &.{.{ .name = "Content-Type", .value = "application/json" }}, .body = body };
    }

    /// Sends the client elsewhere: 303, unless `withStatus` says otherwise.
    pub fn redirect(location: []const u8) !Response {
        return (Response{ .status = 303 }).withHeader("Location", location);
    }

    /// Text as `std.fmt` makes it.
    pub fn print(comptime format: []const u8, arguments: anytype) !Response {
        return text(try std.fmt.allocPrint(pulp.step(), format, arguments));
    }

    /// The same with a field more.
    pub fn withHeader(response: Response, name: []const u8, value: []const u8) !Response {
        var changed = response;
        changed.headers = try std.mem.concat(pulp.step(), Pair, &.{ response.headers, &.{.{ .name = name, .value = value }} });
        return changed;
    }

    pub fn withStatus(response: Response, status: u16) Response {
        var changed = response;
        changed.status = status;
        return changed;
    }
};

/// Headers as a list, since names may repeat.
fn lines(pairs: []const Pair) Error![]const []const []const u8 {
    const list = try pulp.step().alloc([]const []const u8, pairs.len);
    for (list, pairs) |*line, pair| line.* = try pulp.step().dupe([]const u8, &.{ pair.name, pair.value });
    return list;
}

/// Answers a request that was deferred.
pub fn respond(id: u64, response: Response) Error!void {
    const headers = try lines(response.headers);
    if (response.stream) |stream| return call.command("http_respond_stream", imports.http_respond_stream, .{
        .id = id, .stream_id = stream.id, .status = response.status, .header_list = headers, .cookies = response.cookies,
    }) catch |e| {
        // Nobody else will.
        stream.close();
        return e;
    };
    try call.command("http_respond", imports.http_respond, .{
        .id = id, .status = response.status, .header_list = headers, .cookies = response.cookies,
        .body = messagepack.Binary{ .bytes = response.body },
    });
}

pub fn serve(routes: []const Route, record: Record) Error!void {
    const internal = Response.text("internal error\n").withStatus(500);
    var best: ?Route = null;
    for (routes) |route| {
        if (!std.mem.eql(u8, route.method, record.method) or !matches(route.pattern, record.path)) continue;
        if (best == null or isBefore(route.pattern, best.?.pattern)) best = route;
    }
    const response = if (best) |route| route.handler(.{ .record = record }) catch |e| failed: {
        pulp.report(record.path, e);
        break :failed internal;
    } else Response.text("404 page not found").withStatus(404);
    if (response.is_later) return;
    respond(record.id, response) catch |e| {
        pulp.report(record.path, e);
        try respond(record.id, internal);
    };
}

fn rank(segment: []const u8) u8 {
    if (segment.len == 0) return 2;
    return switch (segment[0]) {
        '*' => 0,
        ':' => 1,
        else => 2,
    };
}

/// The host says which path came, not which pattern it matched, so the path is matched here once more.
pub fn matches(pattern: []const u8, path: []const u8) bool {
    var segments = std.mem.splitScalar(u8, pattern, '/');
    var parts = std.mem.splitScalar(u8, path, '/');
    while (segments.next()) |segment| {
        if (rank(segment) == 0) return true;
        const part = parts.next() orelse return false;
        if (rank(segment) == 2 and !std.mem.eql(u8, segment, part)) return false;
    }
    return parts.next() == null;
}

/// Which of two that match a path the host has chosen; of two that are alike the first, with its names.
pub fn isBefore(pattern: []const u8, other: []const u8) bool {
    var mine = std.mem.splitScalar(u8, pattern, '/');
    var theirs = std.mem.splitScalar(u8, other, '/');
    while (mine.next()) |segment| {
        const against = theirs.next() orelse return false;
        if (rank(segment) != rank(against)) return rank(segment) > rank(against);
    }
    // The shorter one ends where the other has `*name`, which takes nothing too.
    return theirs.next() != null;
}

/// A request to another server.
pub const Fetch = struct {
    method: []const u8 = "GET",
    url: []const u8,
    headers: []const Pair = &.{},
    body: []const u8 = "",
    /// For the whole answer; 0 is 30 seconds for `fetch`, none for `fetchStream`.
    timeout_ns: u64 = 0,
};

pub const Fetched = struct {
    id: u64 = 0,
    status: u16 = 0,
    headers: []const Pair = &.{},
    header_list: []const Pair = &.{},
    body: []const u8 = "",

    pub fn header(answer: Fetched, name: []const u8) ?[]const u8 {
        return first(if (answer.header_list.len > 0) answer.header_list else answer.headers, name);
    }

    pub fn stream(answer: Fetched) Stream {
        return .{ .id = answer.id };
    }
};

/// Fetches a whole answer.
pub fn fetch(request: Fetch) Error!Fetched {
    return begin("http_fetch", imports.http_fetch, request);
}

/// Fetches an answer's head; its `stream()` has the body: read it, pass it on, or close it.
pub fn fetchStream(request: Fetch) Error!Fetched {
    return begin("http_fetch_begin", imports.http_fetch_begin, request);
}

fn begin(name: []const u8, import: anytype, request: Fetch) Error!Fetched {
    return call.query(Fetched, name, import, .{
        .method = request.method, .url = request.url, .header_list = try lines(request.headers),
        .body = messagepack.Binary{ .bytes = request.body }, .timeout = request.timeout_ns,
    }) catch |e| {
        if (call.lastError().status == 4) explain();
        return e;
    };
}

fn explain() void {
    const Why = struct { code: []const u8 = "", message: []const u8 = "", allow: []const u8 = "" };
    var answer: call.Answer = .{};
    if (imports.http_fetch_error(&answer.ptr, &answer.len) != 0) return;
    var found = call.lastError();
    const why = call.decode(Why, "http_fetch_error", answer.bytes() catch return) catch return;
    if (why.message.len > 0) found.sentence = why.message;
    found.code_text = why.code;
    found.allow = why.allow;
    call.set(found);
}

/// The body of another server's answer.
pub const Stream = struct {
    id: u64,

    /// The next bytes, at most so many, one at least; null at the end. They live as long as the step.
    pub fn read(stream: Stream, most: u32) Error!?[]const u8 {
        const Part = struct { bytes: []const u8 = "", eof: bool = false, err: []const u8 = "" };
        while (true) {
            var answer: call.Answer = .{};
            const status = imports.http_fetch_read(low(stream.id), high(stream.id), @max(most, 1), &answer.ptr, &answer.len);
            if (status != 0) return call.refused("http_fetch_read", status);
            const part = try call.decode(Part, "http_fetch_read", try answer.bytes());
            if (part.err.len > 0) {
                call.set(.{ .call = "http_fetch_read", .status = 4, .sentence = part.err, .code = error.Refused });
                return error.Refused;
            }
            if (part.bytes.len > 0) return part.bytes;
            if (part.eof) return null;
        }
    }

    pub fn close(stream: Stream) void {
        _ = imports.http_fetch_close(low(stream.id), high(stream.id));
    }
};
