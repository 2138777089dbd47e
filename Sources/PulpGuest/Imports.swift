// Made from the host's tables of imports by Tests/SDKTests; do not edit.
// The host's functions, as the module `pulp` imports them; each answers a status. See `docs/abi.md`.

/// Writes a line to the host's log: `{level, message, fields}`.
@_extern(wasm, module: "pulp", name: "log_write")
@_extern(c)
func log_write(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Random bytes: `{n}` gives `{bytes}`.
@_extern(wasm, module: "pulp", name: "entropy_read")
@_extern(c)
func entropy_read(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Moves this plugin's routes to a listener on another address.
@_extern(wasm, module: "pulp", name: "http_listen")
@_extern(c)
func http_listen(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Registers a route: `{method, path}`.
@_extern(wasm, module: "pulp", name: "http_register")
@_extern(c)
func http_register(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Answers a request: `{id, status, headers, cookies, header_list, body}`.
@_extern(wasm, module: "pulp", name: "http_respond")
@_extern(c)
func http_respond(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Lets the answer to the request that is being stepped come later; the call's deadline holds.
@_extern(wasm, module: "pulp", name: "http_defer")
@_extern(c)
func http_defer(_ idLo: UInt32, _ idHi: UInt32) -> Int32

/// Answers with the body of an open stream: `{id, stream_id, status, headers, cookies, header_list}`.
@_extern(wasm, module: "pulp", name: "http_respond_stream")
@_extern(c)
func http_respond_stream(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Takes WebSockets on a path: the bytes of the path or pattern.
@_extern(wasm, module: "pulp", name: "ws_register")
@_extern(c)
func ws_register(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Sends a message: `{conn_id, opcode, payload}`, opcode 1 text, 2 binary.
@_extern(wasm, module: "pulp", name: "ws_send")
@_extern(c)
func ws_send(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Sends one message to many: `{conn_ids, opcode, payload}` gives `{failed}`, those it did not go to.
@_extern(wasm, module: "pulp", name: "ws_send_many")
@_extern(c)
func ws_send_many(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Closes a connection: `{conn_id, code, reason}`, code 0 is 1000.
@_extern(wasm, module: "pulp", name: "ws_close")
@_extern(c)
func ws_close(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Registers a path, or a pattern of paths, that clients may listen to.
@_extern(wasm, module: "pulp", name: "sse_register")
@_extern(c)
func sse_register(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Sends an event to every subscriber of a path: `{path, id?, event?, data}`.
@_extern(wasm, module: "pulp", name: "sse_emit")
@_extern(c)
func sse_emit(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Stores how many clients listen to a path, as a word of 32 bits.
@_extern(wasm, module: "pulp", name: "sse_has_subscribers")
@_extern(c)
func sse_has_subscribers(
    _ pathPtr: UnsafeRawPointer?, _ pathLen: UInt32, _ countPtr: UnsafeMutablePointer<UInt32>
) -> Int32

/// Fetches a URL: `{method, url, headers, body, timeout}` gives `{id, status, headers, body}`.
@_extern(wasm, module: "pulp", name: "http_fetch")
@_extern(c)
func http_fetch(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Fetches a URL whose body is read later: gives `{id, status, headers}`.
@_extern(wasm, module: "pulp", name: "http_fetch_begin")
@_extern(c)
func http_fetch_begin(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// The next part of a stream's body, at most `max` bytes: `{bytes, eof, err}`.
@_extern(wasm, module: "pulp", name: "http_fetch_read")
@_extern(c)
func http_fetch_read(
    _ idLo: UInt32, _ idHi: UInt32, _ max: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Closes a stream.
@_extern(wasm, module: "pulp", name: "http_fetch_close")
@_extern(c)
func http_fetch_close(_ idLo: UInt32, _ idHi: UInt32) -> Int32

/// Why this instance's last fetch failed: `{code, message, allow}`; no bytes when none has.
@_extern(wasm, module: "pulp", name: "http_fetch_error")
@_extern(c)
func http_fetch_error(
    _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Runs SQL: `{rows_affected, last_insert_id}` of its last statement.
@_extern(wasm, module: "pulp", name: "sqlite_exec")
@_extern(c)
func sqlite_exec(
    _ queryPtr: UnsafeRawPointer?, _ queryLen: UInt32, _ paramsPtr: UnsafeRawPointer?, _ paramsLen: UInt32,
    _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Runs SQL: `{columns, rows}` of its last statement with columns; `rows` is nil without any.
@_extern(wasm, module: "pulp", name: "sqlite_query")
@_extern(c)
func sqlite_query(
    _ queryPtr: UnsafeRawPointer?, _ queryLen: UInt32, _ paramsPtr: UnsafeRawPointer?, _ paramsLen: UInt32,
    _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Runs `{statements}`, each `{query, params}`, in one transaction: `{results}`, or `{failed, error}` and nothing has happened.
@_extern(wasm, module: "pulp", name: "sqlite_batch")
@_extern(c)
func sqlite_batch(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Begins to read rows in pieces: `{cursor, columns, rows, done}`.
@_extern(wasm, module: "pulp", name: "sqlite_query_stream")
@_extern(c)
func sqlite_query_stream(
    _ queryPtr: UnsafeRawPointer?, _ queryLen: UInt32, _ paramsPtr: UnsafeRawPointer?, _ paramsLen: UInt32,
    _ maxRows: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// The next piece of a stream: `{rows, done}`; the last one closes it.
@_extern(wasm, module: "pulp", name: "sqlite_query_stream_next")
@_extern(c)
func sqlite_query_stream_next(
    _ cursorLo: UInt32, _ cursorHi: UInt32, _ maxRows: UInt32,
    _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Ends a stream before its last row.
@_extern(wasm, module: "pulp", name: "sqlite_query_stream_close")
@_extern(c)
func sqlite_query_stream_close(_ cursorLo: UInt32, _ cursorHi: UInt32) -> Int32

/// Why this instance's last statement failed: `{status, code, message}`; no bytes when none has.
@_extern(wasm, module: "pulp", name: "sqlite_error")
@_extern(c)
func sqlite_error(
    _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// A whole file's bytes. The request is a path, raw.
@_extern(wasm, module: "pulp", name: "fs_read")
@_extern(c)
func fs_read(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Part of a file: `{path, offset, max}` gives so many bytes, raw; fewer only where the file ends.
@_extern(wasm, module: "pulp", name: "fs_read_at")
@_extern(c)
func fs_read_at(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Makes or replaces a whole file; `{mode}`, which may be absent, is for one that is made.
@_extern(wasm, module: "pulp", name: "fs_write")
@_extern(c)
func fs_write(
    _ pathPtr: UnsafeRawPointer?, _ pathLen: UInt32, _ dataPtr: UnsafeRawPointer?, _ dataLen: UInt32,
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32
) -> Int32

/// Writes into a file where it is, and makes it when it is not there: `{path, offset, mode}`.
@_extern(wasm, module: "pulp", name: "fs_write_at")
@_extern(c)
func fs_write_at(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ dataPtr: UnsafeRawPointer?, _ dataLen: UInt32
) -> Int32

/// Cuts a file, or lengthens it with zeroes: `{path, size}`.
@_extern(wasm, module: "pulp", name: "fs_truncate")
@_extern(c)
func fs_truncate(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Removes a file or an empty folder. The request is a path, raw.
@_extern(wasm, module: "pulp", name: "fs_delete")
@_extern(c)
func fs_delete(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// The names in a folder, sorted: `[{name, is_dir}]`. The request is a path, raw.
@_extern(wasm, module: "pulp", name: "fs_list")
@_extern(c)
func fs_list(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// `{path}` gives `{name, size, mod_time_ns, mode, is_dir}`.
@_extern(wasm, module: "pulp", name: "fs_stat")
@_extern(c)
func fs_stat(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Moves `{old, new}`; makes the folders that `new` needs.
@_extern(wasm, module: "pulp", name: "fs_rename")
@_extern(c)
func fs_rename(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Removes a file, or a folder with all that is in it; what is not there is a success. A path, raw.
@_extern(wasm, module: "pulp", name: "fs_remove_all")
@_extern(c)
func fs_remove_all(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Makes a folder and those that it lies in: `{path, mode}`.
@_extern(wasm, module: "pulp", name: "fs_mkdir_all")
@_extern(c)
func fs_mkdir_all(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Sets permissions: `{path, mode}`, the lowest nine bits.
@_extern(wasm, module: "pulp", name: "fs_chmod")
@_extern(c)
func fs_chmod(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Makes a file of a new name: `{dir, pattern}` gives `{path}`.
@_extern(wasm, module: "pulp", name: "fs_create_temp")
@_extern(c)
func fs_create_temp(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Makes a folder of a new name: `{dir, pattern}` gives `{path}`.
@_extern(wasm, module: "pulp", name: "fs_mkdir_temp")
@_extern(c)
func fs_mkdir_temp(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// The plugin's running containers: `{filter}` gives a list of them; nothing when there is none.
@_extern(wasm, module: "pulp", name: "docker_list")
@_extern(c)
func docker_list(
    _ optPtr: UnsafeRawPointer?, _ optLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// One container: `{name}` gives it.
@_extern(wasm, module: "pulp", name: "docker_get")
@_extern(c)
func docker_get(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Makes a container and starts it.
@_extern(wasm, module: "pulp", name: "docker_create")
@_extern(c)
func docker_create(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Stops a container and removes it: `{id}`.
@_extern(wasm, module: "pulp", name: "docker_destroy")
@_extern(c)
func docker_destroy(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Stops a container and starts it again: `{id}`.
@_extern(wasm, module: "pulp", name: "docker_restart")
@_extern(c)
func docker_restart(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Runs a program inside a container: `{id, cmd}` gives `{output, exit_code}`.
@_extern(wasm, module: "pulp", name: "docker_exec")
@_extern(c)
func docker_exec(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// The last lines that a container wrote: `{id, tail}` gives `{logs}`.
@_extern(wasm, module: "pulp", name: "docker_logs")
@_extern(c)
func docker_logs(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// What a container uses: `{id}`; takes a second.
@_extern(wasm, module: "pulp", name: "docker_stats")
@_extern(c)
func docker_stats(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// What each running container of the plugin uses; the request is not looked at.
@_extern(wasm, module: "pulp", name: "docker_stats_all")
@_extern(c)
func docker_stats_all(
    _ ignoredPtr: UnsafeRawPointer?, _ ignoredLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// A file of a container: `{id, path}` gives its bytes.
@_extern(wasm, module: "pulp", name: "docker_files_read")
@_extern(c)
func docker_files_read(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Writes a file of a container: `{id, path, data}`.
@_extern(wasm, module: "pulp", name: "docker_files_write")
@_extern(c)
func docker_files_write(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Removes a file of a container: `{container, path}`.
@_extern(wasm, module: "pulp", name: "docker_files_delete")
@_extern(c)
func docker_files_delete(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// What happened to the plugin's containers: `{since_nanos, limit}` gives a list.
@_extern(wasm, module: "pulp", name: "docker_events_poll")
@_extern(c)
func docker_events_poll(
    _ optPtr: UnsafeRawPointer?, _ optLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

/// Begins to build an image: `{image_tag, build_dir, build_args}`.
@_extern(wasm, module: "pulp", name: "docker_build")
@_extern(c)
func docker_build(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// How the last build went; the request is not looked at.
@_extern(wasm, module: "pulp", name: "docker_build_status")
@_extern(c)
func docker_build_status(
    _ ignoredPtr: UnsafeRawPointer?, _ ignoredLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32
