//! The host's functions, as the module `pulp` imports them; each answers a status. See `docs/abi.md`.
// Made from the host's tables of imports by Tests/SDKTests; do not edit.

/// Writes a line to the host's log: `{level, message, fields}`.
pub extern "pulp" fn log_write(ptr: ?[*]const u8, len: u32) i32;

/// Random bytes: `{n}` gives `{bytes}`.
pub extern "pulp" fn entropy_read(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Moves this plugin's routes to a listener on another address.
pub extern "pulp" fn http_listen(ptr: ?[*]const u8, len: u32) i32;

/// Registers a route: `{method, path}`.
pub extern "pulp" fn http_register(ptr: ?[*]const u8, len: u32) i32;

/// Answers a request: `{id, status, headers, cookies, header_list, body}`.
pub extern "pulp" fn http_respond(ptr: ?[*]const u8, len: u32) i32;

/// Lets the answer to the request that is being stepped come later; the call's deadline holds.
pub extern "pulp" fn http_defer(id_lo: u32, id_hi: u32) i32;

/// Answers with the body of an open stream: `{id, stream_id, status, headers, cookies, header_list}`.
pub extern "pulp" fn http_respond_stream(ptr: ?[*]const u8, len: u32) i32;

/// Takes WebSockets on a path: the bytes of the path or pattern.
pub extern "pulp" fn ws_register(ptr: ?[*]const u8, len: u32) i32;

/// Sends a message: `{conn_id, opcode, payload}`, opcode 1 text, 2 binary.
pub extern "pulp" fn ws_send(ptr: ?[*]const u8, len: u32) i32;

/// Sends one message to many: `{conn_ids, opcode, payload}` gives `{failed}`, those it did not go to.
pub extern "pulp" fn ws_send_many(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Closes a connection: `{conn_id, code, reason}`, code 0 is 1000.
pub extern "pulp" fn ws_close(ptr: ?[*]const u8, len: u32) i32;

/// Registers a path, or a pattern of paths, that clients may listen to.
pub extern "pulp" fn sse_register(ptr: ?[*]const u8, len: u32) i32;

/// Sends an event to every subscriber of a path: `{path, id?, event?, data}`.
pub extern "pulp" fn sse_emit(ptr: ?[*]const u8, len: u32) i32;

/// Stores how many clients listen to a path, as a word of 32 bits.
pub extern "pulp" fn sse_has_subscribers(path_ptr: ?[*]const u8, path_len: u32, count_ptr: *u32) i32;

/// Fetches a URL: `{method, url, headers, body, timeout}` gives `{id, status, headers, body}`.
pub extern "pulp" fn http_fetch(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Fetches a URL whose body is read later: gives `{id, status, headers}`.
pub extern "pulp" fn http_fetch_begin(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// The next part of a stream's body, at most `max` bytes: `{bytes, eof, err}`.
pub extern "pulp" fn http_fetch_read(id_lo: u32, id_hi: u32, max: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Closes a stream.
pub extern "pulp" fn http_fetch_close(id_lo: u32, id_hi: u32) i32;

/// Why this instance's last fetch failed: `{code, message, allow}`; no bytes when none has.
pub extern "pulp" fn http_fetch_error(resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Runs SQL: `{rows_affected, last_insert_id}` of its last statement.
pub extern "pulp" fn sqlite_exec(query_ptr: ?[*]const u8, query_len: u32, params_ptr: ?[*]const u8, params_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Runs SQL: `{columns, rows}` of its last statement with columns; `rows` is nil without any.
pub extern "pulp" fn sqlite_query(query_ptr: ?[*]const u8, query_len: u32, params_ptr: ?[*]const u8, params_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Runs `{statements}`, each `{query, params}`, in one transaction: `{results}`, or `{failed, error}` and nothing has happened.
pub extern "pulp" fn sqlite_batch(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Begins to read rows in pieces: `{cursor, columns, rows, done}`.
pub extern "pulp" fn sqlite_query_stream(query_ptr: ?[*]const u8, query_len: u32, params_ptr: ?[*]const u8, params_len: u32, max_rows: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// The next piece of a stream: `{rows, done}`; the last one closes it.
pub extern "pulp" fn sqlite_query_stream_next(cursor_lo: u32, cursor_hi: u32, max_rows: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Ends a stream before its last row.
pub extern "pulp" fn sqlite_query_stream_close(cursor_lo: u32, cursor_hi: u32) i32;

/// Why this instance's last statement failed: `{status, code, message}`; no bytes when none has.
pub extern "pulp" fn sqlite_error(resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// A whole file's bytes. The request is a path, raw.
pub extern "pulp" fn fs_read(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Part of a file: `{path, offset, max}` gives so many bytes, raw; fewer only where the file ends.
pub extern "pulp" fn fs_read_at(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Makes or replaces a whole file; `{mode}`, which may be absent, is for one that is made.
pub extern "pulp" fn fs_write(path_ptr: ?[*]const u8, path_len: u32, data_ptr: ?[*]const u8, data_len: u32, req_ptr: ?[*]const u8, req_len: u32) i32;

/// Writes into a file where it is, and makes it when it is not there: `{path, offset, mode}`.
pub extern "pulp" fn fs_write_at(req_ptr: ?[*]const u8, req_len: u32, data_ptr: ?[*]const u8, data_len: u32) i32;

/// Cuts a file, or lengthens it with zeroes: `{path, size}`.
pub extern "pulp" fn fs_truncate(ptr: ?[*]const u8, len: u32) i32;

/// Removes a file or an empty folder. The request is a path, raw.
pub extern "pulp" fn fs_delete(ptr: ?[*]const u8, len: u32) i32;

/// The names in a folder, sorted: `[{name, is_dir}]`. The request is a path, raw.
pub extern "pulp" fn fs_list(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// `{path}` gives `{name, size, mod_time_ns, mode, is_dir}`.
pub extern "pulp" fn fs_stat(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Moves `{old, new}`; makes the folders that `new` needs.
pub extern "pulp" fn fs_rename(ptr: ?[*]const u8, len: u32) i32;

/// Removes a file, or a folder with all that is in it; what is not there is a success. A path, raw.
pub extern "pulp" fn fs_remove_all(ptr: ?[*]const u8, len: u32) i32;

/// Makes a folder and those that it lies in: `{path, mode}`.
pub extern "pulp" fn fs_mkdir_all(ptr: ?[*]const u8, len: u32) i32;

/// Sets permissions: `{path, mode}`, the lowest nine bits.
pub extern "pulp" fn fs_chmod(ptr: ?[*]const u8, len: u32) i32;

/// Makes a file of a new name: `{dir, pattern}` gives `{path}`.
pub extern "pulp" fn fs_create_temp(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Makes a folder of a new name: `{dir, pattern}` gives `{path}`.
pub extern "pulp" fn fs_mkdir_temp(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// The plugin's running containers: `{filter}` gives a list of them; nothing when there is none.
pub extern "pulp" fn docker_list(opt_ptr: ?[*]const u8, opt_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// One container: `{name}` gives it.
pub extern "pulp" fn docker_get(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Makes a container and starts it.
pub extern "pulp" fn docker_create(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Stops a container and removes it: `{id}`.
pub extern "pulp" fn docker_destroy(ptr: ?[*]const u8, len: u32) i32;

/// Stops a container and starts it again: `{id}`.
pub extern "pulp" fn docker_restart(ptr: ?[*]const u8, len: u32) i32;

/// Runs a program inside a container: `{id, cmd}` gives `{output, exit_code}`.
pub extern "pulp" fn docker_exec(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// The last lines that a container wrote: `{id, tail}` gives `{logs}`.
pub extern "pulp" fn docker_logs(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// What a container uses: `{id}`; takes a second.
pub extern "pulp" fn docker_stats(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// What each running container of the plugin uses; the request is not looked at.
pub extern "pulp" fn docker_stats_all(ignored_ptr: ?[*]const u8, ignored_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// A file of a container: `{id, path}` gives its bytes.
pub extern "pulp" fn docker_files_read(req_ptr: ?[*]const u8, req_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Writes a file of a container: `{id, path, data}`.
pub extern "pulp" fn docker_files_write(ptr: ?[*]const u8, len: u32) i32;

/// Removes a file of a container: `{container, path}`.
pub extern "pulp" fn docker_files_delete(ptr: ?[*]const u8, len: u32) i32;

/// What happened to the plugin's containers: `{since_nanos, limit}` gives a list.
pub extern "pulp" fn docker_events_poll(opt_ptr: ?[*]const u8, opt_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;

/// Begins to build an image: `{image_tag, build_dir, build_args}`.
pub extern "pulp" fn docker_build(ptr: ?[*]const u8, len: u32) i32;

/// How the last build went; the request is not looked at.
pub extern "pulp" fn docker_build_status(ignored_ptr: ?[*]const u8, ignored_len: u32, resp_ptr_out: *?[*]u8, resp_len_out: *u32) i32;
