// Pulp for C: a plugin is `pulp_configure`, which registers handlers, and the handlers. Compile pulp.c with it.
//
//     #include "pulp.h"
//
//     static void hello(PulpRequest *request) {
//         pulp_respond_text(request, 200, pulp_format("Hello, %s!\n", pulp_param(request, "name")));
//     }
//
//     void pulp_configure(PulpConfig config) { pulp_get("/hello/:name", hello); }
//
// Text is UTF-8 and ends with a NUL. What a function gives back, and what a handler is given, lives until the handler's
// step ends, and is freed then; what pulp_configure makes lives as long as the plugin's instance. To keep more, copy it
// into memory of pulp_allocate. Functions that ask the host answer a PulpStatus: 0 is success. Each capability needs its
// line in the manifest, else PULP_NOT_GRANTED.
//
// Freestanding (no libc, no WASI), together with wasi-libc, and from C++. A plugin that defines its exports itself says
// `#define PULP_NO_RUNTIME` before it includes this; the second half of this file is for it.
#ifndef PULP_H
#define PULP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Statuses ------------------------------------------------------------------------------------------------------

typedef int32_t PulpStatus;

// What a status usually means; docs/abi.md has those of each function.
enum {
    PULP_OK = 0,
    PULP_EMPTY = 1,               // the request has no bytes
    PULP_OUTSIDE = 2,             // the request is not inside the memory, or too long
    PULP_MALFORMED = 3,           // the request is not the record that it should be
    PULP_FAILED = 4,              // the operation failed
    PULP_UNENCODABLE = 5,         // the answer cannot be encoded; SQL: it failed
    PULP_NOT_FOUND = 6,           // what is named does not exist
    PULP_NO_ROOM = 7,             // no memory for the answer
    PULP_BAD_ANSWER = 8,          // the answer is not inside the memory
    PULP_NO_SUCH_HANDLE = 9,      // no such handle or registration
    PULP_UNAVAILABLE = 10,        // what stands behind the capability is not there
    PULP_NOT_ALLOWED = 11,        // not allowed, or not now
    PULP_LIMIT = 12,              // a limit is reached, or the resource is busy
    PULP_CONSTRAINT = 13,         // SQL: a constraint
    PULP_READ_ONLY = 14,          // SQL: read-only
    PULP_TOO_MANY_CURSORS = 15,   // SQL: too many cursors
    PULP_NOT_GRANTED = 99,        // the manifest does not grant the capability
    PULP_NO_MEMORY = -1,          // this plugin's memory is full; the host was not asked
    PULP_MISUNDERSTOOD = -2,      // the host's answer is not the record that it should be
    PULP_BROKEN = -3,             // a stream ended before its body did
};

// Files say 4 and 5 in two ways. Define PULP_CELL when the manifest is called *.cell.toml.
#ifdef PULP_CELL
enum { PULP_FILE_FAILED = 4, PULP_FILE_REJECTED = 5 };
#else
enum { PULP_FILE_REJECTED = 4, PULP_FILE_FAILED = 5 };
#endif

// A few words for people: "not granted by the manifest".
const char *pulp_status_text(PulpStatus status);

// ---- Bytes, text, memory -------------------------------------------------------------------------------------------

// Bytes that somebody else owns; no NUL follows them.
typedef struct {
    const uint8_t *bytes;
    uint32_t length;
} PulpBytes;

// A name and a value: a header, a parameter, a filter. The lengths are for values with NULs; they may be left 0 where a
// field is given to a function.
typedef struct {
    const char *name, *value;
    uint32_t name_length, value_length;
} PulpField;

// The bytes of a text literal, and those of a text.
#define PULP_BYTES(literal) (pulp_bytes((literal), sizeof(literal) - 1))
static inline PulpBytes pulp_bytes(const void *bytes, size_t length) {
    PulpBytes made = {(const uint8_t *)bytes, (uint32_t)length};
    return made;
}
PulpBytes pulp_bytes_of(const char *text);

size_t pulp_length(const char *text);
bool pulp_equal(const char *a, const char *b);           // also for NULL, which equals NULL only
bool pulp_starts_with(const char *text, const char *prefix);
int64_t pulp_parse_integer(const char *text, int64_t otherwise);

// Memory that lasts until it is released; NULL when there is none.
void *pulp_allocate(size_t size);
void *pulp_reallocate(void *block, size_t size);
void pulp_release(void *block);

// Memory until this step ends; aligned to 16, not cleared; NULL when there is none.
void *pulp_scratch(size_t size);
char *pulp_copy_text(PulpBytes bytes);                   // with a NUL, until this step ends

// Frees, in a long loop within one step, what was made and answered since the mark.
typedef struct {
    void *at, *end, *chunk, *adopted;
} PulpMark;
PulpMark pulp_mark(void);
void pulp_rewind(PulpMark mark);

// As printf: flags `-0+ #`, width, precision, `*`; d i u x X o c s p f e g % with h l ll z j t. Doubles are exact to 15
// digits. NULL when memory is out; pulp_respond_text makes that a 500.
__attribute__((format(printf, 1, 2))) char *pulp_format(const char *format, ...);
char *pulp_vformat(const char *format, va_list arguments);

// Text that grows; starts as `PulpString page = {0};`. `text` is NULL when memory ran out.
typedef struct {
    char *text;
    uint32_t length, capacity;
    bool failed;
} PulpString;
__attribute__((format(printf, 2, 3))) void pulp_append(PulpString *string, const char *format, ...);
void pulp_append_bytes(PulpString *string, PulpBytes bytes);
void pulp_append_json(PulpString *string, const char *text); // as a JSON string, with its quotes; not UTF-8 is replaced
void pulp_append_html(PulpString *string, const char *text); // & < > " ' escaped
const char *pulp_json(const char *text);                     // the same, to be used as %s
const char *pulp_html(const char *text);

// ---- The plugin ----------------------------------------------------------------------------------------------------

// One value of a record: of the configuration, of a row, of a log line.
typedef enum { PULP_NIL, PULP_BOOL, PULP_INTEGER, PULP_NUMBER, PULP_TEXT, PULP_BLOB, PULP_TIME, PULP_LIST, PULP_TABLE } PulpKind;
typedef struct PulpValue {
    PulpKind kind;
    uint32_t length; // of text and blob in bytes, of a list and a table in values
    union {
        bool boolean;
        int64_t integer; // also a time: nanoseconds since 1970 UTC
        double number;
        const char *text;
        const uint8_t *blob;
        const struct PulpValue *items;
        const struct PulpEntry *entries;
    };
} PulpValue;
typedef struct PulpEntry {
    const char *name;
    PulpValue value;
} PulpEntry;

PulpValue pulp_nil(void);
PulpValue pulp_bool(bool value);
PulpValue pulp_integer(int64_t value);
PulpValue pulp_number(double value);
PulpValue pulp_text(const char *value);                  // NULL is nil
PulpValue pulp_blob(const void *bytes, size_t length);
PulpValue pulp_time(int64_t nanoseconds);

// The manifest's [config]. A value of another type than is asked for fails the start, and the log names the key.
typedef struct {
    const PulpEntry *entries;
    uint32_t count;
    const char *path; // of a table inside: `server.`
} PulpConfig;
const PulpValue *pulp_config_value(PulpConfig config, const char *key); // NULL when absent
const char *pulp_config_text(PulpConfig config, const char *key, const char *otherwise);
int64_t pulp_config_integer(PulpConfig config, const char *key, int64_t otherwise);
double pulp_config_number(PulpConfig config, const char *key, double otherwise);
bool pulp_config_bool(PulpConfig config, const char *key, bool otherwise);
// Fails the start also where the integer is not from `least` to `most`; `otherwise` may be outside.
int64_t pulp_config_integer_in(PulpConfig config, const char *key, int64_t least, int64_t most, int64_t otherwise);
// Fails the start where the key is missing, or where there is a key that is not among these: one that is misspelt.
bool pulp_config_require(PulpConfig config, const char *key);
bool pulp_config_only(PulpConfig config, const char *const *keys, uint32_t count);
PulpConfig pulp_config_table(PulpConfig config, const char *key); // empty when absent
// Items of a list of texts: their number, and `items[i]`.
uint32_t pulp_config_texts(PulpConfig config, const char *key, const char *const **items);

// The author's: registers handlers. Runs once for each instance.
void pulp_configure(PulpConfig config);

// Fails the start, before pulp_configure returns; in a function that was called, that call. The host says the sentence.
__attribute__((format(printf, 1, 2))) void pulp_fail(const char *format, ...);

void pulp_on_tick(void (*handler)(void));                // steps without an event: `tick_interval_ms` in the manifest
void pulp_on_shutdown(void (*handler)(void));

uint64_t pulp_now(void);                                 // nanoseconds since 1970 UTC, when this step began
uint64_t pulp_step_number(void);
void pulp_set_output(int32_t handle);                    // what this step gives to the application that made it

// ---- Functions that others call ----------------------------------------------------------------------------------------

// Once in a plugin, outside of its functions: what `pulp call` and others may call here, by name.
//
//     static PulpValue add(PulpCall *call) {
//         return pulp_integer(
//             pulp_config_integer(call->arguments, "a", 0) + pulp_config_integer(call->arguments, "b", 0));
//     }
//
//     PULP_FUNCTIONS({"add", add}, {"sub", sub})
//
// pulp_fail in a function fails the call, with its sentence.
typedef struct {
    PulpConfig arguments; // when they are a table; else empty
    PulpValue value;      // whatever they are; nil without any
} PulpCall;
typedef PulpValue (*PulpFunction)(PulpCall *call);
typedef struct {
    const char *name;
    PulpFunction function;
} PulpNamedFunction;
int32_t pulp_runtime_call(
    const PulpNamedFunction *functions, uint32_t count, PulpBytes name, PulpBytes arguments, void **answer,
    uint32_t *length);
const char *pulp_runtime_error(uint32_t *length);
#define PULP_FUNCTIONS(...)                                                                                            \
    int32_t PULP_EXPORT(pulp_on_call)(                                                                                 \
        const uint8_t *name, uint32_t name_length, const uint8_t *arguments, uint32_t arguments_length, void **answer, \
        uint32_t *answer_length) {                                                                                     \
        static const PulpNamedFunction functions[] = {__VA_ARGS__};                                                    \
        return pulp_runtime_call(                                                                                      \
            functions, sizeof functions / sizeof functions[0], pulp_bytes(name, name_length),                          \
            pulp_bytes(arguments, arguments_length), answer, answer_length);                                           \
    }                                                                                                                  \
    const char *PULP_EXPORT(pulp_on_call_error_ptr)(void) {                                                            \
        uint32_t length;                                                                                               \
        return pulp_runtime_error(&length);                                                                            \
    }                                                                                                                  \
    uint32_t PULP_EXPORT(pulp_on_call_error_len)(void) {                                                               \
        uint32_t length;                                                                                               \
        pulp_runtime_error(&length);                                                                                   \
        return length;                                                                                                 \
    }

// ---- Log, randomness (always granted) --------------------------------------------------------------------------------

enum { PULP_TRACE, PULP_DEBUG, PULP_INFO, PULP_NOTICE, PULP_WARNING, PULP_ERROR, PULP_CRITICAL };
__attribute__((format(printf, 2, 3))) PulpStatus pulp_log(int level, const char *format, ...);
// With fields: texts, integers, numbers and booleans.
PulpStatus pulp_log_fields(int level, const char *message, const PulpEntry *fields, uint32_t count);

// Fills memory with bytes of the host's secure generator.
PulpStatus pulp_random(void *bytes, size_t count);

// ---- transport.http.inbound ------------------------------------------------------------------------------------------

// MessagePack that has not been read yet.
struct PulpRaw {
    uint8_t *at, *end;
};

// Fields as they came: `pulp_field` finds, `pulp_fields` lists them.
typedef struct {
    struct PulpRaw raw;
    PulpField *fields;
    uint32_t count;
    bool is_read;
} PulpFields;
const char *pulp_field(PulpFields *fields, const char *name);           // the first; NULL when absent
const char *pulp_field_any_case(PulpFields *fields, const char *name);  // as headers are named
const PulpField *pulp_fields(PulpFields *fields, uint32_t *count);

typedef struct PulpRequest {
    uint64_t id;
    const char *method, *path, *remote_address, *host; // host is NULL when the client named none
    PulpBytes body;
    PulpFields params, query, headers;
    PulpFields header_list, query_list; // every field, when one repeats; else empty
    struct PulpAdded *added;            // what pulp_add_header has put there
    bool is_answered;
} PulpRequest;
typedef void (*PulpHandler)(PulpRequest *request);

// A route: literals, `:name` for one segment, `*rest` last for all others. When the host refuses it, the start fails.
PulpStatus pulp_route(const char *method, const char *pattern, PulpHandler handler);
static inline PulpStatus pulp_get(const char *pattern, PulpHandler handler) { return pulp_route("GET", pattern, handler); }
static inline PulpStatus pulp_post(const char *pattern, PulpHandler handler) { return pulp_route("POST", pattern, handler); }
static inline PulpStatus pulp_put(const char *pattern, PulpHandler handler) { return pulp_route("PUT", pattern, handler); }
static inline PulpStatus pulp_patch(const char *pattern, PulpHandler handler) { return pulp_route("PATCH", pattern, handler); }
static inline PulpStatus pulp_delete(const char *pattern, PulpHandler handler) { return pulp_route("DELETE", pattern, handler); }
// Moves the plugin's routes to a listener on another address; before the first route.
PulpStatus pulp_listen(const char *address);

const char *pulp_param(PulpRequest *request, const char *name);  // "" when the pattern has none of this name
const char *pulp_query(PulpRequest *request, const char *name);  // NULL when absent
const char *pulp_header(PulpRequest *request, const char *name); // in any case; NULL when absent
const char *pulp_body_text(PulpRequest *request); // ends at a NUL in it; `request->body` has all
// All of them, repeated ones too.
const PulpField *pulp_headers(PulpRequest *request, uint32_t *count);
const PulpField *pulp_queries(PulpRequest *request, uint32_t *count);

// For the answer that follows, which is 500 when there was no memory for one of these. What is NULL is left out.
PulpStatus pulp_add_header(PulpRequest *request, const char *name, const char *value);
PulpStatus pulp_add_cookie(PulpRequest *request, const char *cookie); // `name=value; HttpOnly`

// Answers. `type` may be NULL.
PulpStatus pulp_respond(PulpRequest *request, uint32_t status, const char *type, const void *body, size_t length);
PulpStatus pulp_respond_text(PulpRequest *request, uint32_t status, const char *text);
PulpStatus pulp_respond_html(PulpRequest *request, uint32_t status, const char *html);
PulpStatus pulp_respond_json(PulpRequest *request, uint32_t status, const char *json);
PulpStatus pulp_respond_empty(PulpRequest *request, uint32_t status);

// Lets the answer come in a later step: keep `request->id`, and answer `pulp_deferred(id)` then.
PulpStatus pulp_defer(PulpRequest *request);
PulpRequest *pulp_deferred(uint64_t id);

// ---- transport.http.outbound -----------------------------------------------------------------------------------------

typedef struct {
    const char *url;
    const char *method; // NULL: GET
    const PulpField *headers;
    uint32_t header_count;
    PulpBytes body;
    uint64_t timeout_ms; // 0: 30 seconds for pulp_fetch, none for pulp_fetch_begin
} PulpFetch;
typedef struct {
    uint64_t stream; // of pulp_fetch_begin
    uint32_t status;
    PulpFields headers, header_list;
    PulpBytes body; // of pulp_fetch
    void *part;     // private, as is `step`
    uint64_t step;
} PulpFetched;
// Fetches, and waits. A status of 404 is an answer like any other; a PulpStatus that is not 0 says that none came.
PulpStatus pulp_fetch(const PulpFetch *request, PulpFetched *answer);
PulpStatus pulp_fetch_url(const char *url, PulpFetched *answer);
const char *pulp_fetched_header(PulpFetched *answer, const char *name);

// The same without the body, which is read in parts or passed on; it has to be closed otherwise. Of an answer that is kept
// for a later step only the stream can still be used, not its headers.
PulpStatus pulp_fetch_begin(const PulpFetch *request, PulpFetched *answer);
// The next part, at most `most` bytes, valid until the next read; may be empty before the end. PULP_BROKEN: `part` says why.
PulpStatus pulp_fetch_read(PulpFetched *answer, uint32_t most, PulpBytes *part, bool *ended);
void pulp_fetch_close(PulpFetched *answer);
// Answers a request with the body of the stream: the host carries it from here on.
PulpStatus pulp_respond_stream(PulpRequest *request, uint32_t status, const char *type, PulpFetched *answer);

// Why the last fetch failed; empty texts when none has. `allow` is the line that [http] in the manifest lacks.
typedef struct {
    const char *code, *message, *allow;
} PulpFetchError;
PulpFetchError pulp_fetch_error(void);

// ---- transport.ws.inbound --------------------------------------------------------------------------------------------

typedef struct {
    uint64_t connection;
    const char *path, *remote_address, *protocol;
    PulpFields params, query, headers;
} PulpSocketOpened;
typedef struct {
    uint64_t connection;
    bool is_text;
    PulpBytes payload; // one whole message
} PulpMessage;
typedef struct {
    uint64_t connection;
    uint32_t code;
    const char *reason;
} PulpSocketClosed;

PulpStatus pulp_websocket(const char *pattern);          // as a route; the handlers are for all patterns
void pulp_on_open(void (*handler)(PulpSocketOpened *opened));
void pulp_on_message(void (*handler)(PulpMessage *message));
void pulp_on_close(void (*handler)(PulpSocketClosed *closed)); // once for each that was opened
const char *pulp_message_text(PulpMessage *message);

PulpStatus pulp_send_text(uint64_t connection, const char *text);
PulpStatus pulp_send(uint64_t connection, bool is_text, PulpBytes payload);
// One message to many, encoded once. `failed` (may be NULL) is how many it did not go to.
PulpStatus pulp_send_many(const uint64_t *connections, uint32_t count, bool is_text, PulpBytes payload, uint32_t *failed);
PulpStatus pulp_close(uint64_t connection, uint32_t code, const char *reason); // code 0 is 1000

// ---- transport.sse ---------------------------------------------------------------------------------------------------

typedef struct {
    uint64_t subscriber;
    const char *path, *last_event_id, *remote_address; // last_event_id is NULL for a client that comes for the first time
    PulpFields params, query;
} PulpSubscribed;
typedef struct {
    uint64_t subscriber;
    const char *path, *reason; // `gone`, `slow`, `closed`
} PulpUnsubscribed;

PulpStatus pulp_events(const char *pattern);
PulpStatus pulp_emit(const char *path, const char *data);
PulpStatus pulp_emit_event(const char *path, const char *id, const char *event, const char *data); // NULL leaves out
uint32_t pulp_subscribers(const char *path);             // how many listen
// Need `events = true` in [sse].
void pulp_on_subscribe(void (*handler)(PulpSubscribed *subscribed));
void pulp_on_unsubscribe(void (*handler)(PulpUnsubscribed *unsubscribed));

// ---- storage.fs ------------------------------------------------------------------------------------------------------

typedef struct {
    const char *name;
    int64_t size, modified_ns;
    uint32_t mode; // the bits of Go's fs.FileMode
    bool is_folder;
} PulpFile;

PulpStatus pulp_file_read(const char *path, PulpBytes *bytes);
PulpStatus pulp_file_write(const char *path, PulpBytes bytes);                 // the whole; folders on the way are made
PulpStatus pulp_file_write_mode(const char *path, PulpBytes bytes, uint32_t mode);
PulpStatus pulp_file_read_at(const char *path, uint64_t offset, uint32_t most, PulpBytes *bytes);
PulpStatus pulp_file_write_at(const char *path, uint64_t offset, PulpBytes bytes);
PulpStatus pulp_file_truncate(const char *path, uint64_t size);
PulpStatus pulp_file_delete(const char *path);                                 // a file or an empty folder
PulpStatus pulp_file_delete_all(const char *path);                             // with all that is in it
PulpStatus pulp_file_list(const char *path, const PulpFile **files, uint32_t *count); // name and is_folder, sorted
PulpStatus pulp_file_stat(const char *path, PulpFile *file);
PulpStatus pulp_file_rename(const char *from, const char *to);
PulpStatus pulp_file_chmod(const char *path, uint32_t mode);
PulpStatus pulp_folder_make(const char *path, uint32_t mode);                  // with those it lies in; mode 0: the default
PulpStatus pulp_file_temporary(const char *folder, const char *pattern, const char **path);
PulpStatus pulp_folder_temporary(const char *folder, const char *pattern, const char **path);

// ---- storage.sqlite --------------------------------------------------------------------------------------------------

// The parameters of a statement: PULP_WITH(pulp_text(name), pulp_integer(3)), or PULP_NOTHING.
typedef struct {
    const PulpValue *values;
    uint32_t count;
} PulpParameters;
#ifndef __cplusplus
#define PULP_WITH(...) \
    ((PulpParameters){(const PulpValue[]){__VA_ARGS__}, sizeof((const PulpValue[]){__VA_ARGS__}) / sizeof(PulpValue)})
#endif
static inline PulpParameters pulp_parameters(const PulpValue *values, uint32_t count) {
    PulpParameters made = {values, count};
    return made;
}
#define PULP_NOTHING (pulp_parameters(NULL, 0))

typedef struct {
    int64_t rows_affected, last_insert_id;
} PulpChange;
PulpStatus pulp_sql_execute(const char *sql, PulpParameters parameters, PulpChange *change); // change may be NULL
// Why the last statement failed: "SQL logic error: no such table: notes (1)"; "" when it did not.
const char *pulp_sql_error(void);

// Rows, one at a time:
//     PulpRows rows;
//     if (!pulp_sql_query("SELECT id, text FROM notes", PULP_NOTHING, &rows))
//         while (pulp_next_row(&rows)) use(pulp_row_integer(&rows, 0), pulp_row_text(&rows, 1));
typedef struct {
    const char *const *columns;
    uint32_t column_count;
    const PulpValue *row;  // of the current one, in the order of the columns
    PulpStatus status;     // not 0 when a stream ended by a failure, or they are of an earlier step
    struct PulpRaw raw;    // private, from here on
    PulpValue *values;
    uint64_t cursor;
    void *block;
    uint64_t step;
    uint32_t rows_left, at_a_time;
    bool is_done;
} PulpRows;
PulpStatus pulp_sql_query(const char *sql, PulpParameters parameters, PulpRows *rows);
// The same in pieces of so many rows, for results that do not fit into memory. A row lives until the next piece comes.
PulpStatus pulp_sql_stream(const char *sql, PulpParameters parameters, uint32_t at_a_time, PulpRows *rows);
bool pulp_next_row(PulpRows *rows);
void pulp_rows_close(PulpRows *rows);                    // needed only for a stream that is left before its end
// A column's value as what is asked for: SQLite's own conversions between numbers, else 0, "" and no bytes.
int64_t pulp_row_integer(const PulpRows *rows, uint32_t column);
double pulp_row_number(const PulpRows *rows, uint32_t column);
const char *pulp_row_text(const PulpRows *rows, uint32_t column);
PulpBytes pulp_row_bytes(const PulpRows *rows, uint32_t column);
bool pulp_row_is_nil(const PulpRows *rows, uint32_t column);

// All or nothing. A statement with `sql` NULL is the one before it again, with other parameters.
typedef struct {
    const char *sql;
    PulpParameters parameters;
} PulpStatement;
typedef struct {
    PulpChange change;
    PulpRows rows; // of a statement that gives rows
} PulpResult;
// `results` has one for each statement, and may be NULL. When one failed, `failed` (may be NULL) is its number, else -1.
PulpStatus pulp_sql_batch(const PulpStatement *statements, uint32_t count, PulpResult *results, int64_t *failed);

// ---- spawn.docker ----------------------------------------------------------------------------------------------------

typedef struct {
    const char *container; // `80/tcp`
    uint32_t host;
} PulpPort;
typedef struct {
    const char *id, *name, *status, *ip; // status: `running`, `stopped`, `error`
    const PulpPort *ports;
    uint32_t port_count;
    double cpu_limit;
    int64_t memory_limit; // both 0 when unknown
} PulpContainer;
// Published on the host's port `host`, or where that is 0 on any free one, of `range` ("FIRST-LAST") if that is given.
typedef struct {
    uint32_t container, host;
    const char *protocol, *name, *range; // all may be NULL: "tcp"
} PulpPortRequest;
typedef struct {
    const char *image, *name, *network, *ip;
    const PulpField *environment;
    uint32_t environment_count;
    const PulpField *volumes; // a path of the host, and one of the container
    uint32_t volume_count;
    const PulpPortRequest *ports;
    uint32_t port_count;
    const char *const *command;
    uint32_t command_count;
    double cpu_limit;
    int64_t memory_limit, memory_swap, pids_limit, disk_size_limit, disk_io_read_bps, disk_io_write_bps; // 0: none
} PulpContainerRequest;
typedef struct {
    const char *container_id, *name;
    double cpu_percent;
    int64_t memory_used, memory_limit, net_rx_bytes, net_tx_bytes, disk_read_bytes, disk_write_bytes, timestamp;
} PulpContainerStats;
typedef struct {
    int64_t timestamp; // nanoseconds since 1970 UTC
    const char *container_id, *name, *action;
} PulpContainerEvent;
typedef struct {
    const char *output;
    int32_t exit_code;
    bool is_truncated;
} PulpExecuted;
typedef struct {
    const char *text;
    int64_t next_ns; // where the next call goes on
    bool is_truncated;
} PulpContainerLog;
typedef struct {
    bool is_building;
    int64_t last_build_time; // seconds since 1970 UTC
    const char *last_error;  // NULL when there is none
} PulpBuild;

PulpStatus pulp_docker_list(
    const PulpField *filters, uint32_t filter_count, const PulpContainer **containers, uint32_t *count);
PulpStatus pulp_docker_get(const char *name, PulpContainer *container);
PulpStatus pulp_docker_create(const PulpContainerRequest *request, PulpContainer *container);
PulpStatus pulp_docker_destroy(const char *id);
PulpStatus pulp_docker_restart(const char *id);
PulpStatus pulp_docker_exec(const char *id, const char *const *command, uint32_t count, PulpExecuted *executed);
PulpStatus pulp_docker_logs(const char *id, uint32_t lines, PulpContainerLog *log);
// Lines since a time, of `stdout`, `stderr` or both (NULL).
PulpStatus pulp_docker_logs_since(const char *id, uint32_t lines, const char *stream, int64_t since_ns, PulpContainerLog *log);
PulpStatus pulp_docker_stats(const char *id, PulpContainerStats *stats);
PulpStatus pulp_docker_stats_all(const PulpContainerStats **stats, uint32_t *count);
PulpStatus pulp_docker_file_read(const char *id, const char *path, PulpBytes *bytes);
PulpStatus pulp_docker_file_write(const char *id, const char *path, PulpBytes bytes);
PulpStatus pulp_docker_file_delete(const char *id, const char *path);
PulpStatus pulp_docker_events(int64_t since_ns, uint32_t most, const PulpContainerEvent **events, uint32_t *count);
PulpStatus pulp_docker_build(const char *tag, const char *folder, const PulpField *arguments, uint32_t argument_count);
PulpStatus pulp_docker_build_status(PulpBuild *build);
// Needs `events = true` in [docker].
void pulp_on_container_event(void (*handler)(PulpContainerEvent *event));

// ==== Below the runtime ===============================================================================================

// ---- Exports and imports ---------------------------------------------------------------------------------------------

#define PULP_EXPORT(name) __attribute__((export_name(#name), used)) name
#define PULP_IMPORT(name) __attribute__((import_module("pulp"), import_name(#name))) name
#define PULP_WASI_IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) wasi_##name

/* imports:begin */
// Made from the host's tables of imports by Tests/SDKTests; do not edit. Each answers a status.
// Writes a line to the host's log: `{level, message, fields}`.
int32_t PULP_IMPORT(log_write)(const void *ptr, uint32_t len);
// Random bytes: `{n}` gives `{bytes}`.
int32_t PULP_IMPORT(entropy_read)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Moves this plugin's routes to a listener on another address.
int32_t PULP_IMPORT(http_listen)(const void *ptr, uint32_t len);
// Registers a route: `{method, path}`.
int32_t PULP_IMPORT(http_register)(const void *ptr, uint32_t len);
// Answers a request: `{id, status, headers, cookies, header_list, body}`.
int32_t PULP_IMPORT(http_respond)(const void *ptr, uint32_t len);
// Lets the answer to the request that is being stepped come later; the call's deadline holds.
int32_t PULP_IMPORT(http_defer)(uint32_t id_lo, uint32_t id_hi);
// Answers with the body of an open stream: `{id, stream_id, status, headers, cookies, header_list}`.
int32_t PULP_IMPORT(http_respond_stream)(const void *ptr, uint32_t len);
// Takes WebSockets on a path: the bytes of the path or pattern.
int32_t PULP_IMPORT(ws_register)(const void *ptr, uint32_t len);
// Sends a message: `{conn_id, opcode, payload}`, opcode 1 text, 2 binary.
int32_t PULP_IMPORT(ws_send)(const void *ptr, uint32_t len);
// Sends one message to many: `{conn_ids, opcode, payload}` gives `{failed}`, those it did not go to.
int32_t PULP_IMPORT(ws_send_many)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Closes a connection: `{conn_id, code, reason}`, code 0 is 1000.
int32_t PULP_IMPORT(ws_close)(const void *ptr, uint32_t len);
// Registers a path, or a pattern of paths, that clients may listen to.
int32_t PULP_IMPORT(sse_register)(const void *ptr, uint32_t len);
// Sends an event to every subscriber of a path: `{path, id?, event?, data}`.
int32_t PULP_IMPORT(sse_emit)(const void *ptr, uint32_t len);
// Stores how many clients listen to a path, as a word of 32 bits.
int32_t PULP_IMPORT(sse_has_subscribers)(const void *path_ptr, uint32_t path_len, uint32_t *count_ptr);
// Fetches a URL: `{method, url, headers, body, timeout}` gives `{id, status, headers, body}`.
int32_t PULP_IMPORT(http_fetch)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Fetches a URL whose body is read later: gives `{id, status, headers}`.
int32_t PULP_IMPORT(http_fetch_begin)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// The next part of a stream's body, at most `max` bytes: `{bytes, eof, err}`.
int32_t PULP_IMPORT(http_fetch_read)(uint32_t id_lo, uint32_t id_hi, uint32_t max, void **resp_ptr_out, uint32_t *resp_len_out);
// Closes a stream.
int32_t PULP_IMPORT(http_fetch_close)(uint32_t id_lo, uint32_t id_hi);
// Why this instance's last fetch failed: `{code, message, allow}`; no bytes when none has.
int32_t PULP_IMPORT(http_fetch_error)(void **resp_ptr_out, uint32_t *resp_len_out);
// Runs SQL: `{rows_affected, last_insert_id}` of its last statement.
int32_t PULP_IMPORT(sqlite_exec)(const void *query_ptr, uint32_t query_len, const void *params_ptr, uint32_t params_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Runs SQL: `{columns, rows}` of its last statement with columns; `rows` is nil without any.
int32_t PULP_IMPORT(sqlite_query)(const void *query_ptr, uint32_t query_len, const void *params_ptr, uint32_t params_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Runs `{statements}`, each `{query, params}`, in one transaction: `{results}`, or `{failed, error}` and nothing has happened.
int32_t PULP_IMPORT(sqlite_batch)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Begins to read rows in pieces: `{cursor, columns, rows, done}`.
int32_t PULP_IMPORT(sqlite_query_stream)(const void *query_ptr, uint32_t query_len, const void *params_ptr, uint32_t params_len, uint32_t max_rows, void **resp_ptr_out, uint32_t *resp_len_out);
// The next piece of a stream: `{rows, done}`; the last one closes it.
int32_t PULP_IMPORT(sqlite_query_stream_next)(uint32_t cursor_lo, uint32_t cursor_hi, uint32_t max_rows, void **resp_ptr_out, uint32_t *resp_len_out);
// Ends a stream before its last row.
int32_t PULP_IMPORT(sqlite_query_stream_close)(uint32_t cursor_lo, uint32_t cursor_hi);
// Why this instance's last statement failed: `{status, code, message}`; no bytes when none has.
int32_t PULP_IMPORT(sqlite_error)(void **resp_ptr_out, uint32_t *resp_len_out);
// A whole file's bytes. The request is a path, raw.
int32_t PULP_IMPORT(fs_read)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Part of a file: `{path, offset, max}` gives so many bytes, raw; fewer only where the file ends.
int32_t PULP_IMPORT(fs_read_at)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Makes or replaces a whole file; `{mode}`, which may be absent, is for one that is made.
int32_t PULP_IMPORT(fs_write)(const void *path_ptr, uint32_t path_len, const void *data_ptr, uint32_t data_len, const void *req_ptr, uint32_t req_len);
// The same without `{mode}`.
int32_t __attribute__((import_module("pulp"), import_name("fs_write"))) fs_write_4(const void *path_ptr, uint32_t path_len, const void *data_ptr, uint32_t data_len);
// Writes into a file where it is, and makes it when it is not there: `{path, offset, mode}`.
int32_t PULP_IMPORT(fs_write_at)(const void *req_ptr, uint32_t req_len, const void *data_ptr, uint32_t data_len);
// Cuts a file, or lengthens it with zeroes: `{path, size}`.
int32_t PULP_IMPORT(fs_truncate)(const void *ptr, uint32_t len);
// Removes a file or an empty folder. The request is a path, raw.
int32_t PULP_IMPORT(fs_delete)(const void *ptr, uint32_t len);
// The names in a folder, sorted: `[{name, is_dir}]`. The request is a path, raw.
int32_t PULP_IMPORT(fs_list)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// `{path}` gives `{name, size, mod_time_ns, mode, is_dir}`.
int32_t PULP_IMPORT(fs_stat)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Moves `{old, new}`; makes the folders that `new` needs.
int32_t PULP_IMPORT(fs_rename)(const void *ptr, uint32_t len);
// Removes a file, or a folder with all that is in it; what is not there is a success. A path, raw.
int32_t PULP_IMPORT(fs_remove_all)(const void *ptr, uint32_t len);
// Makes a folder and those that it lies in: `{path, mode}`.
int32_t PULP_IMPORT(fs_mkdir_all)(const void *ptr, uint32_t len);
// Sets permissions: `{path, mode}`, the lowest nine bits.
int32_t PULP_IMPORT(fs_chmod)(const void *ptr, uint32_t len);
// Makes a file of a new name: `{dir, pattern}` gives `{path}`.
int32_t PULP_IMPORT(fs_create_temp)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Makes a folder of a new name: `{dir, pattern}` gives `{path}`.
int32_t PULP_IMPORT(fs_mkdir_temp)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// The plugin's running containers: `{filter}` gives a list of them; nothing when there is none.
int32_t PULP_IMPORT(docker_list)(const void *opt_ptr, uint32_t opt_len, void **resp_ptr_out, uint32_t *resp_len_out);
// One container: `{name}` gives it.
int32_t PULP_IMPORT(docker_get)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Makes a container and starts it.
int32_t PULP_IMPORT(docker_create)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Stops a container and removes it: `{id}`.
int32_t PULP_IMPORT(docker_destroy)(const void *ptr, uint32_t len);
// Stops a container and starts it again: `{id}`.
int32_t PULP_IMPORT(docker_restart)(const void *ptr, uint32_t len);
// Runs a program inside a container: `{id, cmd}` gives `{output, exit_code}`.
int32_t PULP_IMPORT(docker_exec)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// The last lines that a container wrote: `{id, tail}` gives `{logs}`.
int32_t PULP_IMPORT(docker_logs)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// What a container uses: `{id}`; takes a second.
int32_t PULP_IMPORT(docker_stats)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// What each running container of the plugin uses; the request is not looked at.
int32_t PULP_IMPORT(docker_stats_all)(const void *ignored_ptr, uint32_t ignored_len, void **resp_ptr_out, uint32_t *resp_len_out);
// A file of a container: `{id, path}` gives its bytes.
int32_t PULP_IMPORT(docker_files_read)(const void *req_ptr, uint32_t req_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Writes a file of a container: `{id, path, data}`.
int32_t PULP_IMPORT(docker_files_write)(const void *ptr, uint32_t len);
// Removes a file of a container: `{container, path}`.
int32_t PULP_IMPORT(docker_files_delete)(const void *ptr, uint32_t len);
// What happened to the plugin's containers: `{since_nanos, limit}` gives a list.
int32_t PULP_IMPORT(docker_events_poll)(const void *opt_ptr, uint32_t opt_len, void **resp_ptr_out, uint32_t *resp_len_out);
// Begins to build an image: `{image_tag, build_dir, build_args}`.
int32_t PULP_IMPORT(docker_build)(const void *ptr, uint32_t len);
// How the last build went; the request is not looked at.
int32_t PULP_IMPORT(docker_build_status)(const void *ignored_ptr, uint32_t ignored_len, void **resp_ptr_out, uint32_t *resp_len_out);
/* imports:end */

// What pulp_step is given, little-endian and packed; no payload means a tick.
typedef struct {
    uint64_t call_number;
    uint64_t wall_time; // nanoseconds since 1970 UTC
    const uint8_t *payload;
    uint32_t payload_length;
} PulpEnvelope;

// False when the bytes end too early.
static inline bool pulp_envelope(const uint8_t *bytes, uint32_t length, PulpEnvelope *envelope) {
    enum { header = 20 };
    if (length < header) return false;
    __builtin_memcpy(&envelope->call_number, bytes, 8);
    __builtin_memcpy(&envelope->wall_time, bytes + 8, 8);
    __builtin_memcpy(&envelope->payload_length, bytes + 16, 4);
    envelope->payload = bytes + header;
    return envelope->payload_length <= length - header;
}

// ---- MessagePack -----------------------------------------------------------------------------------------------------

// A reader cannot leave its bytes, a writer not its buffer. Both carry a flag instead of a result for each call: look
// at it once, at the end.
typedef struct {
    const uint8_t *at, *end;
    bool failed;
} PulpReader;

typedef struct {
    uint8_t *start, *at, *end;
    bool failed, grows; // grows: in memory of this step
} PulpWriter;

bool pulp_same(PulpBytes a, PulpBytes b);

static inline PulpReader pulp_reader(const void *bytes, uint32_t length) {
    PulpReader reader = {(const uint8_t *)bytes, (const uint8_t *)bytes + length, false};
    return reader;
}

static inline uint32_t pulp_left(const PulpReader *r) { return (uint32_t)(r->end - r->at); }

// The next `count` bytes as a big-endian number; 0 and failed when they are not there.
uint64_t pulp_read_big(PulpReader *r, uint32_t count);

PulpBytes pulp_read_slice(PulpReader *r, uint64_t count);

// The number of pairs of a map; nil is an empty one.
uint32_t pulp_read_map(PulpReader *r);

// The number of items of an array; nil is an empty one.
uint32_t pulp_read_array(PulpReader *r);

// A str or bin; nil is an empty one.
PulpBytes pulp_read_bytes(PulpReader *r);

// An integer of any width; a negative one fails.
uint64_t pulp_read_unsigned(PulpReader *r);

// An integer of any width; one past the largest int64 fails.
int64_t pulp_read_integer(PulpReader *r);
bool pulp_read_bool(PulpReader *r);
double pulp_read_number(PulpReader *r);                  // a float, or an integer as one

// Steps over one value, however deep, without recursion.
void pulp_read_skip(PulpReader *r);

static inline PulpWriter pulp_writer(void *buffer, uint32_t capacity) {
    PulpWriter writer = {(uint8_t *)buffer, (uint8_t *)buffer, (uint8_t *)buffer + capacity, false, false};
    return writer;
}

static inline uint32_t pulp_written(const PulpWriter *w) { return (uint32_t)(w->at - w->start); }

void pulp_write_big(PulpWriter *w, uint8_t tag, uint64_t value, uint32_t count);

void pulp_write_slice(PulpWriter *w, PulpBytes slice);

void pulp_write_map(PulpWriter *w, uint32_t pairs);

void pulp_write_array(PulpWriter *w, uint32_t count);

static inline void pulp_write_nil(PulpWriter *w) { pulp_write_big(w, 0xc0, 0, 0); }

static inline void pulp_write_bool(PulpWriter *w, bool value) { pulp_write_big(w, value ? 0xc3 : 0xc2, 0, 0); }

void pulp_write_unsigned(PulpWriter *w, uint64_t value);

static inline void pulp_write_integer(PulpWriter *w, int64_t value) { pulp_write_big(w, 0xd3, (uint64_t)value, 8); }

static inline void pulp_write_number(PulpWriter *w, double value) {
    uint64_t bits;
    __builtin_memcpy(&bits, &value, 8);
    pulp_write_big(w, 0xcb, bits, 8);
}

void pulp_write_text(PulpWriter *w, PulpBytes text);

void pulp_write_binary(PulpWriter *w, PulpBytes bytes);

// ---- Events of kinds that this file does not know --------------------------------------------------------------------

// Calls the handler with the payload of every event of this kind.
void pulp_on_event(const char *kind, void (*handler)(PulpReader *payload));

// ---- The exports, unless the plugin has its own ----------------------------------------------------------------------

int32_t pulp_runtime_init(const uint8_t *config, uint32_t length, void (*configure)(PulpConfig config));
int32_t pulp_runtime_step(uint8_t *envelope, uint32_t length);
int32_t pulp_runtime_shutdown(void);

#ifndef PULP_NO_RUNTIME
#define PULP_RUNTIME_EXPORT(name) __attribute__((weak, export_name(#name))) pulp_export_##name
void *PULP_RUNTIME_EXPORT(pulp_alloc)(uint32_t size) { return pulp_allocate(size); }
void PULP_RUNTIME_EXPORT(pulp_free)(void *block, uint32_t size) {
    (void)size;
    pulp_release(block);
}
int32_t PULP_RUNTIME_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    return pulp_runtime_init(config, length, pulp_configure);
}
int32_t PULP_RUNTIME_EXPORT(pulp_step)(uint8_t *envelope, uint32_t length) { return pulp_runtime_step(envelope, length); }
int32_t PULP_RUNTIME_EXPORT(pulp_shutdown)(void) { return pulp_runtime_shutdown(); }
const char *PULP_RUNTIME_EXPORT(pulp_init_error_ptr)(void) {
    uint32_t length;
    return pulp_runtime_error(&length);
}
uint32_t PULP_RUNTIME_EXPORT(pulp_init_error_len)(void) {
    uint32_t length;
    pulp_runtime_error(&length);
    return length;
}
#endif

#ifdef __cplusplus
}
#endif

#endif
