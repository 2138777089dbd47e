//! The plugin's database. Parameters are a tuple of nulls, booleans, numbers, text, `Binary` and `Value`.
const pulp = @import("pulp.zig");
const call = @import("call.zig");
const http = @import("http.zig");
const imports = @import("imports.zig");
const messagepack = @import("messagepack.zig");
const Error = call.Error;
const Value = messagepack.Value;

pub const Done = struct { rows_affected: i64 = 0, last_insert_id: i64 = 0, @"error": []const u8 = "" };

/// Rows live as long as the step.
pub const Rows = struct {
    columns: []const []const u8 = &.{},
    rows: []const []const Value = &.{},
    @"error": []const u8 = "",

    /// A row as a struct whose fields are in the order of the columns.
    pub fn decode(rows: Rows, comptime T: type, index: usize) Error!T {
        const names = @typeInfo(T).@"struct".field_names;
        const row = rows.rows[index];
        if (row.len != names.len) return mismatch("the row has not as many columns as the struct has fields");
        var result: T = undefined;
        inline for (names, 0..) |name, at| @field(result, name) = try cell(@FieldType(T, name), row[at]);
        return result;
    }
};

fn mismatch(sentence: []const u8) Error {
    call.set(.{ .call = "sqlite_query", .status = 3, .sentence = sentence, .code = error.Malformed });
    return error.Malformed;
}

fn cell(comptime T: type, value: Value) Error!T {
    if (T == Value) return value;
    if (T == []const u8) return switch (value) {
        .text, .bytes => |it| it,
        else => mismatch("a column is no text"),
    };
    switch (@typeInfo(T)) {
        .optional => |optional| return if (value == .nil) null else try cell(optional.child, value),
        .bool => return switch (value) {
            .integer => |it| it != 0,
            .boolean => |it| it,
            else => mismatch("a column is no boolean"),
        },
        .float => return switch (value) {
            .integer => |it| @floatFromInt(it),
            .float => |it| @floatCast(it),
            else => mismatch("a column is no number"),
        },
        .int => return switch (value) {
            .integer => |it| @import("std").math.cast(T, it) orelse mismatch("a column's number does not fit"),
            else => mismatch("a column is no integer"),
        },
        else => @compileError("SQL does not give " ++ @typeName(T)),
    }
}

fn parameters(args: anytype) Error![]const u8 {
    const names = @typeInfo(@TypeOf(args)).@"struct".field_names;
    if (names.len == 0) return "";
    var w: messagepack.Writer = .{ .allocator = pulp.step() };
    try w.array(names.len);
    inline for (names) |name| try w.write(@field(args, name));
    return w.bytes.items;
}

/// Reads an answer that may be there although the status is not 0, and then has the error's sentence.
fn settled(comptime T: type, name: []const u8, status: i32, answer: *call.Answer) Error!T {
    const record = try call.decode(T, name, try answer.bytes());
    if (status == 0 and record.@"error".len == 0) return record;
    const code = call.refused(name, if (status == 0) 5 else status);
    if (status == 5 and record.@"error".len == 0) return told(name) orelse code;
    var last = call.lastError();
    if (record.@"error".len > 0) last.sentence = record.@"error";
    if (@hasField(T, "failed")) last.failed = record.failed;
    call.set(last);
    return code;
}

/// What the host keeps about a statement that failed: `exec` and `query` are told only that it has.
fn told(name: []const u8) ?Error {
    const Why = struct { status: i32 = 0, message: []const u8 = "" };
    var answer: call.Answer = .{};
    if (imports.sqlite_error(&answer.ptr, &answer.len) != 0) return null;
    const why = call.decode(Why, "sqlite_error", answer.bytes() catch return null) catch return null;
    if (why.status == 0 or why.message.len == 0) return null;
    const code = call.refused(name, why.status);
    var last = call.lastError();
    last.sentence = why.message;
    call.set(last);
    return code;
}

fn statement(comptime T: type, name: []const u8, import: anytype, sql: []const u8, args: anytype) Error!T {
    const params = try parameters(args);
    var answer: call.Answer = .{};
    const status = import(sql.ptr, @intCast(sql.len), params.ptr, @intCast(params.len), &answer.ptr, &answer.len);
    return settled(T, name, status, &answer);
}

/// Runs SQL, and says what its last statement did.
pub fn exec(sql: []const u8, args: anytype) Error!Done {
    return statement(Done, "sqlite_exec", imports.sqlite_exec, sql, args);
}

/// Runs SQL and gives all rows.
pub fn query(sql: []const u8, args: anytype) Error!Rows {
    return statement(Rows, "sqlite_query", imports.sqlite_query, sql, args);
}

/// A statement of a batch; no SQL is that of the one before.
pub const Statement = struct { query: []const u8 = "", params: []const Value = &.{} };

pub const Result = struct {
    rows_affected: i64 = 0,
    last_insert_id: i64 = 0,
    columns: []const []const u8 = &.{},
    rows: []const []const Value = &.{},
};

/// Runs statements in one transaction: all, or none; `lastError().failed` says which failed.
pub fn batch(statements: []const Statement) Error![]const Result {
    const Answer = struct { results: []const Result = &.{}, failed: ?u32 = null, @"error": []const u8 = "" };
    const request = try call.encoded(.{ .statements = statements });
    var answer: call.Answer = .{};
    const status = imports.sqlite_batch(request.ptr, @intCast(request.len), &answer.ptr, &answer.len);
    return (try settled(Answer, "sqlite_batch", status, &answer)).results;
}

/// Rows that are fetched in pieces.
pub const Cursor = struct {
    const Piece = struct {
        cursor: u64 = 0,
        columns: []const []const u8 = &.{},
        rows: []const []const Value = &.{},
        done: bool = false,
        @"error": []const u8 = "",
    };

    id: u64,
    columns: []const []const u8,
    piece: ?[]const []const Value,
    is_done: bool,
    max_rows: u32,

    /// The next rows; null after the last.
    pub fn next(cursor: *Cursor) Error!?Rows {
        if (cursor.piece) |rows| {
            cursor.piece = null;
            if (rows.len > 0) return .{ .columns = cursor.columns, .rows = rows };
        }
        const name = "sqlite_query_stream_next";
        while (!cursor.is_done) {
            var answer: call.Answer = .{};
            const status = imports.sqlite_query_stream_next(http.low(cursor.id), http.high(cursor.id), cursor.max_rows, &answer.ptr, &answer.len);
            const piece = try settled(Piece, name, status, &answer);
            cursor.is_done = piece.done;
            if (piece.rows.len > 0) return .{ .columns = cursor.columns, .rows = piece.rows };
        }
        return null;
    }

    /// Ends it before its last row.
    pub fn close(cursor: *Cursor) void {
        if (!cursor.is_done) _ = imports.sqlite_query_stream_close(http.low(cursor.id), http.high(cursor.id));
        cursor.is_done = true;
        cursor.piece = null;
    }
};

/// Runs SQL and fetches at most `max_rows` of its rows at a time.
pub fn stream(sql: []const u8, args: anytype, max_rows: u32) Error!Cursor {
    const params = try parameters(args);
    var answer: call.Answer = .{};
    const status = imports.sqlite_query_stream(sql.ptr, @intCast(sql.len), params.ptr, @intCast(params.len), max_rows, &answer.ptr, &answer.len);
    const piece = try settled(Cursor.Piece, "sqlite_query_stream", status, &answer);
    return .{ .id = piece.cursor, .columns = piece.columns, .piece = piece.rows, .is_done = piece.done, .max_rows = max_rows };
}
