// Made from the host's tables of imports by Tests/SDKTests; do not edit.

package pulp

import "unsafe"

// The host's functions, as the module pulp imports them; each answers a status. See docs/abi.md.

// Writes a line to the host's log: `{level, message, fields}`.
//
//go:wasmimport pulp log_write
func logWrite(ptr unsafe.Pointer, len uint32) int32

// Random bytes: `{n}` gives `{bytes}`.
//
//go:wasmimport pulp entropy_read
func entropyRead(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Moves this plugin's routes to a listener on another address.
//
//go:wasmimport pulp http_listen
func httpListen(ptr unsafe.Pointer, len uint32) int32

// Registers a route: `{method, path}`.
//
//go:wasmimport pulp http_register
func httpRegister(ptr unsafe.Pointer, len uint32) int32

// Answers a request: `{id, status, headers, cookies, header_list, body}`.
//
//go:wasmimport pulp http_respond
func httpRespond(ptr unsafe.Pointer, len uint32) int32

// Lets the answer to the request that is being stepped come later; the call's deadline holds.
//
//go:wasmimport pulp http_defer
func httpDefer(idLo uint32, idHi uint32) int32

// Answers with the body of an open stream: `{id, stream_id, status, headers, cookies, header_list}`.
//
//go:wasmimport pulp http_respond_stream
func httpRespondStream(ptr unsafe.Pointer, len uint32) int32

// Takes WebSockets on a path: the bytes of the path or pattern.
//
//go:wasmimport pulp ws_register
func wsRegister(ptr unsafe.Pointer, len uint32) int32

// Sends a message: `{conn_id, opcode, payload}`, opcode 1 text, 2 binary.
//
//go:wasmimport pulp ws_send
func wsSend(ptr unsafe.Pointer, len uint32) int32

// Sends one message to many: `{conn_ids, opcode, payload}` gives `{failed}`, those it did not go to.
//
//go:wasmimport pulp ws_send_many
func wsSendMany(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Closes a connection: `{conn_id, code, reason}`, code 0 is 1000.
//
//go:wasmimport pulp ws_close
func wsClose(ptr unsafe.Pointer, len uint32) int32

// Registers a path, or a pattern of paths, that clients may listen to.
//
//go:wasmimport pulp sse_register
func sseRegister(ptr unsafe.Pointer, len uint32) int32

// Sends an event to every subscriber of a path: `{path, id?, event?, data}`.
//
//go:wasmimport pulp sse_emit
func sseEmit(ptr unsafe.Pointer, len uint32) int32

// Stores how many clients listen to a path, as a word of 32 bits.
//
//go:wasmimport pulp sse_has_subscribers
func sseHasSubscribers(pathPtr unsafe.Pointer, pathLen uint32, countPtr unsafe.Pointer) int32

// Fetches a URL: `{method, url, headers, body, timeout}` gives `{id, status, headers, body}`.
//
//go:wasmimport pulp http_fetch
func httpFetch(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Fetches a URL whose body is read later: gives `{id, status, headers}`.
//
//go:wasmimport pulp http_fetch_begin
func httpFetchBegin(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// The next part of a stream's body, at most `max` bytes: `{bytes, eof, err}`.
//
//go:wasmimport pulp http_fetch_read
func httpFetchRead(idLo uint32, idHi uint32, max uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Closes a stream.
//
//go:wasmimport pulp http_fetch_close
func httpFetchClose(idLo uint32, idHi uint32) int32

// Why this instance's last fetch failed: `{code, message, allow}`; no bytes when none has.
//
//go:wasmimport pulp http_fetch_error
func httpFetchError(respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Runs SQL: `{rows_affected, last_insert_id}` of its last statement.
//
//go:wasmimport pulp sqlite_exec
func sqliteExec(queryPtr unsafe.Pointer, queryLen uint32, paramsPtr unsafe.Pointer, paramsLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Runs SQL: `{columns, rows}` of its last statement with columns; `rows` is nil without any.
//
//go:wasmimport pulp sqlite_query
func sqliteQuery(queryPtr unsafe.Pointer, queryLen uint32, paramsPtr unsafe.Pointer, paramsLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Runs `{statements}`, each `{query, params}`, in one transaction: `{results}`, or `{failed, error}` and nothing has happened.
//
//go:wasmimport pulp sqlite_batch
func sqliteBatch(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Begins to read rows in pieces: `{cursor, columns, rows, done}`.
//
//go:wasmimport pulp sqlite_query_stream
func sqliteQueryStream(queryPtr unsafe.Pointer, queryLen uint32, paramsPtr unsafe.Pointer, paramsLen uint32, maxRows uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// The next piece of a stream: `{rows, done}`; the last one closes it.
//
//go:wasmimport pulp sqlite_query_stream_next
func sqliteQueryStreamNext(cursorLo uint32, cursorHi uint32, maxRows uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Ends a stream before its last row.
//
//go:wasmimport pulp sqlite_query_stream_close
func sqliteQueryStreamClose(cursorLo uint32, cursorHi uint32) int32

// Why this instance's last statement failed: `{status, code, message}`; no bytes when none has.
//
//go:wasmimport pulp sqlite_error
func sqliteError(respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// A whole file's bytes. The request is a path, raw.
//
//go:wasmimport pulp fs_read
func fsRead(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Part of a file: `{path, offset, max}` gives so many bytes, raw; fewer only where the file ends.
//
//go:wasmimport pulp fs_read_at
func fsReadAt(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Makes or replaces a whole file; `{mode}`, which may be absent, is for one that is made.
//
//go:wasmimport pulp fs_write
func fsWrite(pathPtr unsafe.Pointer, pathLen uint32, dataPtr unsafe.Pointer, dataLen uint32, reqPtr unsafe.Pointer, reqLen uint32) int32

// Writes into a file where it is, and makes it when it is not there: `{path, offset, mode}`.
//
//go:wasmimport pulp fs_write_at
func fsWriteAt(reqPtr unsafe.Pointer, reqLen uint32, dataPtr unsafe.Pointer, dataLen uint32) int32

// Cuts a file, or lengthens it with zeroes: `{path, size}`.
//
//go:wasmimport pulp fs_truncate
func fsTruncate(ptr unsafe.Pointer, len uint32) int32

// Removes a file or an empty folder. The request is a path, raw.
//
//go:wasmimport pulp fs_delete
func fsDelete(ptr unsafe.Pointer, len uint32) int32

// The names in a folder, sorted: `[{name, is_dir}]`. The request is a path, raw.
//
//go:wasmimport pulp fs_list
func fsList(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// `{path}` gives `{name, size, mod_time_ns, mode, is_dir}`.
//
//go:wasmimport pulp fs_stat
func fsStat(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Moves `{old, new}`; makes the folders that `new` needs.
//
//go:wasmimport pulp fs_rename
func fsRename(ptr unsafe.Pointer, len uint32) int32

// Removes a file, or a folder with all that is in it; what is not there is a success. A path, raw.
//
//go:wasmimport pulp fs_remove_all
func fsRemoveAll(ptr unsafe.Pointer, len uint32) int32

// Makes a folder and those that it lies in: `{path, mode}`.
//
//go:wasmimport pulp fs_mkdir_all
func fsMkdirAll(ptr unsafe.Pointer, len uint32) int32

// Sets permissions: `{path, mode}`, the lowest nine bits.
//
//go:wasmimport pulp fs_chmod
func fsChmod(ptr unsafe.Pointer, len uint32) int32

// Makes a file of a new name: `{dir, pattern}` gives `{path}`.
//
//go:wasmimport pulp fs_create_temp
func fsCreateTemp(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Makes a folder of a new name: `{dir, pattern}` gives `{path}`.
//
//go:wasmimport pulp fs_mkdir_temp
func fsMkdirTemp(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// The plugin's running containers: `{filter}` gives a list of them; nothing when there is none.
//
//go:wasmimport pulp docker_list
func dockerList(optPtr unsafe.Pointer, optLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// One container: `{name}` gives it.
//
//go:wasmimport pulp docker_get
func dockerGet(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Makes a container and starts it.
//
//go:wasmimport pulp docker_create
func dockerCreate(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Stops a container and removes it: `{id}`.
//
//go:wasmimport pulp docker_destroy
func dockerDestroy(ptr unsafe.Pointer, len uint32) int32

// Stops a container and starts it again: `{id}`.
//
//go:wasmimport pulp docker_restart
func dockerRestart(ptr unsafe.Pointer, len uint32) int32

// Runs a program inside a container: `{id, cmd}` gives `{output, exit_code}`.
//
//go:wasmimport pulp docker_exec
func dockerExec(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// The last lines that a container wrote: `{id, tail}` gives `{logs}`.
//
//go:wasmimport pulp docker_logs
func dockerLogs(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// What a container uses: `{id}`; takes a second.
//
//go:wasmimport pulp docker_stats
func dockerStats(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// What each running container of the plugin uses; the request is not looked at.
//
//go:wasmimport pulp docker_stats_all
func dockerStatsAll(ignoredPtr unsafe.Pointer, ignoredLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// A file of a container: `{id, path}` gives its bytes.
//
//go:wasmimport pulp docker_files_read
func dockerFilesRead(reqPtr unsafe.Pointer, reqLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Writes a file of a container: `{id, path, data}`.
//
//go:wasmimport pulp docker_files_write
func dockerFilesWrite(ptr unsafe.Pointer, len uint32) int32

// Removes a file of a container: `{container, path}`.
//
//go:wasmimport pulp docker_files_delete
func dockerFilesDelete(ptr unsafe.Pointer, len uint32) int32

// What happened to the plugin's containers: `{since_nanos, limit}` gives a list.
//
//go:wasmimport pulp docker_events_poll
func dockerEventsPoll(optPtr unsafe.Pointer, optLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32

// Begins to build an image: `{image_tag, build_dir, build_args}`.
//
//go:wasmimport pulp docker_build
func dockerBuild(ptr unsafe.Pointer, len uint32) int32

// How the last build went; the request is not looked at.
//
//go:wasmimport pulp docker_build_status
func dockerBuildStatus(ignoredPtr unsafe.Pointer, ignoredLen uint32, respPtrOut unsafe.Pointer, respLenOut unsafe.Pointer) int32
