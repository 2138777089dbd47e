// Calls the imports of storage.sqlite as the reference's guests do: text and MessagePack in, an out-pair, a block to free.
//
// Payload, little-endian: u8 function, u8 unused, u16 unused, u32 query_length, u32 params_length, u32 a, b, c, then the
// query and the parameters. The step returns the status of the last call.
//   function  0 sqlite_exec  1 sqlite_query  2 sqlite_batch (the parameters are the request)
//             3 sqlite_query_stream (c rows)  4 sqlite_query_stream_next (cursor a, b; c rows)
//             5 sqlite_query_stream_close (cursor a, b)
//             6 sqlite_query, a times  7 sqlite_exec, a times  8 one sqlite_batch of the query, a times
//             9 sqlite_exec, then traps  10 sqlite_exec, then never returns  11 reads a stream to its end: rows in pieces
//             12 nothing, a times: what the loop itself costs
// With note = true in [config], pulp_init makes a table `notes` and leaves a transaction open.
#include "fixture.h"

typedef struct {
    uint8_t function, unused;
    uint16_t also_unused;
    uint32_t query_length, params_length, a, b, c;
} Call;

extern int32_t PULP_IMPORT(sqlite_exec)(const void *, uint32_t, const void *, uint32_t, void **, uint32_t *);
extern int32_t PULP_IMPORT(sqlite_query)(const void *, uint32_t, const void *, uint32_t, void **, uint32_t *);
extern int32_t PULP_IMPORT(sqlite_batch)(const void *, uint32_t, void **, uint32_t *);
extern int32_t PULP_IMPORT(sqlite_query_stream)(
    const void *, uint32_t, const void *, uint32_t, uint32_t, void **, uint32_t *);
extern int32_t PULP_IMPORT(sqlite_query_stream_next)(uint32_t, uint32_t, uint32_t, void **, uint32_t *);
extern int32_t PULP_IMPORT(sqlite_query_stream_close)(uint32_t, uint32_t);

static struct {
    void *pointer;
    uint32_t length;
} out;
static int32_t last_status = -1;

static void forget_answer(void) {
    pulp_release(out.pointer);
    out.pointer = 0;
    out.length = 0;
}

static int32_t exec(PulpBytes sql, PulpBytes params) {
    return sqlite_exec(sql.bytes, sql.length, params.bytes, params.length, &out.pointer, &out.length);
}

static int32_t query(PulpBytes sql, PulpBytes params) {
    return sqlite_query(sql.bytes, sql.length, params.bytes, params.length, &out.pointer, &out.length);
}

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    PulpReader reader = pulp_reader(config, length);
    PulpBytes none = {0, 0};
    if (!config_find(&reader, PULP_BYTES("note"))) return 0;
    int32_t status = exec(PULP_BYTES("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT)"), none);
    forget_answer();
    if (status) return status;
    status = exec(PULP_BYTES("BEGIN"), none);
    forget_answer();
    return status;
}

static int32_t repeat(Call call, PulpBytes sql, PulpBytes params) {
    int32_t status = 0;
    for (uint32_t turn = 0; turn < call.a && status == 0; turn++) {
        forget_answer();
        if (call.function != 12) status = call.function == 6 ? query(sql, params) : exec(sql, params);
    }
    return status;
}

// {"statements": [{"query": sql, "params": params}, {"params": params}, ...]}
static int32_t batch(uint32_t count, PulpBytes sql, PulpBytes params) {
    uint32_t size = 64 + sql.length + count * (16 + params.length);
    uint8_t *buffer = pulp_allocate(size);
    if (!buffer) return -1;
    PulpWriter w = pulp_writer(buffer, size);
    pulp_write_map(&w, 1);
    pulp_write_text(&w, PULP_BYTES("statements"));
    pulp_write_big(&w, 0xdd, count, 4);
    for (uint32_t i = 0; i < count; i++) {
        pulp_write_map(&w, i ? 1 : 2);
        if (!i) {
            pulp_write_text(&w, PULP_BYTES("query"));
            pulp_write_text(&w, sql);
        }
        pulp_write_text(&w, PULP_BYTES("params"));
        pulp_write_slice(&w, params);
    }
    int32_t status = w.failed ? -2 : sqlite_batch(buffer, pulp_written(&w), &out.pointer, &out.length);
    pulp_release(buffer);
    return status;
}

// Whether a stream's answer says that it is over; its cursor.
static int is_done(uint64_t *cursor) {
    PulpReader r = pulp_reader(out.pointer, out.length);
    for (uint32_t pairs = pulp_read_map(&r); pairs && !r.failed; pairs--) {
        PulpBytes key = pulp_read_bytes(&r);
        if (pulp_same(key, PULP_BYTES("cursor"))) *cursor = pulp_read_unsigned(&r);
        else if (pulp_same(key, PULP_BYTES("done"))) return r.at < r.end && *r.at == 0xc3;
        else pulp_read_skip(&r);
    }
    return 1;
}

static int32_t read_all(Call call, PulpBytes sql, PulpBytes params) {
    uint64_t cursor = 0;
    int32_t pieces = 0;
    int32_t status = sqlite_query_stream(
        sql.bytes, sql.length, params.bytes, params.length, call.c, &out.pointer, &out.length);
    while (status == 0) {
        pieces++;
        if (is_done(&cursor)) return 1000 + pieces;
        forget_answer();
        status = sqlite_query_stream_next(
            (uint32_t)cursor, (uint32_t)(cursor >> 32), call.c, &out.pointer, &out.length);
    }
    return status;
}

static int32_t perform(Call call, PulpBytes sql, PulpBytes params) {
    switch (call.function) {
    case 0: return exec(sql, params);
    case 1: return query(sql, params);
    case 2: return sqlite_batch(params.bytes, params.length, &out.pointer, &out.length);
    case 3:
        return sqlite_query_stream(
            sql.bytes, sql.length, params.bytes, params.length, call.c, &out.pointer, &out.length);
    case 4: return sqlite_query_stream_next(call.a, call.b, call.c, &out.pointer, &out.length);
    case 5: return sqlite_query_stream_close(call.a, call.b);
    case 6: case 7: case 12: return repeat(call, sql, params);
    case 8: return batch(call.a, sql, params);
    case 9:
        exec(sql, params);
        __builtin_trap();
    case 10:
        exec(sql, params);
        loop_for_ever();
    case 11: return read_all(call, sql, params);
    default: return -1;
    }
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (!pulp_envelope(bytes, length, &envelope)) return -1;
    if (envelope.payload_length < sizeof(Call)) return 0;
    Call call;
    __builtin_memcpy(&call, envelope.payload, sizeof call);
    PulpReader reader = pulp_reader(envelope.payload + sizeof call, envelope.payload_length - sizeof call);
    PulpBytes sql = pulp_read_slice(&reader, call.query_length);
    PulpBytes params = pulp_read_slice(&reader, call.params_length);
    if (reader.failed) return -1;
    forget_answer();
    last_status = perform(call, sql, params);
    return last_status;
}

uint32_t PULP_EXPORT(probe_out_ptr)(void) { return (uint32_t)out.pointer; }

uint32_t PULP_EXPORT(probe_out_len)(void) { return out.length; }

uint64_t PULP_EXPORT(probe_last_call)(void) { return (uint32_t)last_status; }
