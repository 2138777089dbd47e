// Asks WASI for things, one route each, and answers what it got. GET below /:
//   env args random clock monotonic preopens yield      sleep/:ms exit/:code out/:text err/:text
// A WASI error is answered as `errno N`.
#include "fixture.h"

typedef struct {
    const void *bytes;
    uint32_t length;
} Vector;

typedef struct {
    uint64_t user_data;
    uint8_t tag;
    _Alignas(8) uint32_t clock; // the union that it starts is aligned to 8
    uint64_t timeout, precision;
    uint16_t flags;
} Subscription;

extern int32_t PULP_WASI_IMPORT(environ_sizes_get)(uint32_t *count, uint32_t *size);
extern int32_t PULP_WASI_IMPORT(environ_get)(uint8_t **entries, uint8_t *buffer);
extern int32_t PULP_WASI_IMPORT(args_sizes_get)(uint32_t *count, uint32_t *size);
extern int32_t PULP_WASI_IMPORT(random_get)(void *buffer, uint32_t length);
extern int32_t PULP_WASI_IMPORT(clock_time_get)(uint32_t clock, uint64_t precision, uint64_t *time);
extern int32_t PULP_WASI_IMPORT(fd_prestat_get)(int32_t descriptor, void *prestat);
extern int32_t PULP_WASI_IMPORT(fd_write)(int32_t descriptor, const Vector *vectors, uint32_t count, uint32_t *written);
extern int32_t PULP_WASI_IMPORT(poll_oneoff)(const Subscription *in, void *out, uint32_t count, uint32_t *events);
extern int32_t PULP_WASI_IMPORT(sched_yield)(void);
extern _Noreturn void PULP_WASI_IMPORT(proc_exit)(uint32_t code);

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = fixture_route(PULP_BYTES("GET"), PULP_BYTES("/:what"));
    return status ? status : fixture_route(PULP_BYTES("GET"), PULP_BYTES("/:what/:argument"));
}

static void add_error(Text *text, int32_t error) {
    if (error) text_add(text, PULP_BYTES("errno "));
    if (error) text_add_number(text, error);
}

static void environment(Text *text) {
    static uint8_t *entries[64], buffer[4096];
    uint32_t count = 0, size = 0;
    int32_t error = wasi_environ_sizes_get(&count, &size);
    if (error || count > 64 || size > sizeof buffer) return add_error(text, error ? error : -1);
    error = wasi_environ_get(entries, buffer);
    for (uint32_t i = 0; i < size && !error; i++) text_add(text, (PulpBytes){buffer[i] ? &buffer[i] : (uint8_t *)"\n", 1});
    add_error(text, error);
}

static void randomness(Text *text) {
    uint8_t bytes[32];
    int32_t error = wasi_random_get(bytes, sizeof bytes);
    for (uint32_t i = 0; i < sizeof bytes && !error; i++) {
        text_add(text, (PulpBytes){(uint8_t *)&"0123456789abcdef"[bytes[i] >> 4], 1});
        text_add(text, (PulpBytes){(uint8_t *)&"0123456789abcdef"[bytes[i] & 15], 1});
    }
    add_error(text, error);
}

static void clock(Text *text, uint32_t which) {
    uint64_t time = 0;
    int32_t error = wasi_clock_time_get(which, 1, &time);
    if (error) add_error(text, error);
    else text_add_number(text, time);
}

static void sleep(Text *text, uint32_t milliseconds) {
    Subscription subscription = {.clock = 1, .timeout = milliseconds * 1000000ull};
    uint8_t event[32];
    uint32_t events = 0;
    int32_t error = wasi_poll_oneoff(&subscription, event, 1, &events);
    if (error) add_error(text, error);
    else text_add_number(text, events);
}

static void print(Text *text, int32_t descriptor, PulpBytes line) {
    Vector vectors[2] = {{line.bytes, line.length}, {"\n", 1}};
    uint32_t written = 0;
    int32_t error = wasi_fd_write(descriptor, vectors, 2, &written);
    if (error) add_error(text, error);
    else text_add_number(text, written);
}

static void count_arguments(Text *text) {
    uint32_t count = 0, size = 0;
    int32_t error = wasi_args_sizes_get(&count, &size);
    if (error) add_error(text, error);
    else text_add_number(text, count);
}

// What follows the last slash of `/word/argument`; empty for `/word`.
static PulpBytes argument_of(PulpBytes path) {
    for (uint32_t i = 1; i < path.length; i++)
        if (path.bytes[i] == '/') return (PulpBytes){path.bytes + i + 1, path.length - i - 1};
    return (PulpBytes){path.bytes, 0};
}

static void answer(Text *text, PulpBytes path) {
    uint8_t prestat[8];
    PulpBytes argument = argument_of(path);
    if (has_prefix(path, PULP_BYTES("/env"))) environment(text);
    else if (has_prefix(path, PULP_BYTES("/args"))) count_arguments(text);
    else if (has_prefix(path, PULP_BYTES("/random"))) randomness(text);
    else if (has_prefix(path, PULP_BYTES("/clock"))) clock(text, 0);
    else if (has_prefix(path, PULP_BYTES("/monotonic"))) clock(text, 1);
    else if (has_prefix(path, PULP_BYTES("/preopens"))) add_error(text, wasi_fd_prestat_get(3, prestat));
    else if (has_prefix(path, PULP_BYTES("/yield"))) text_add_number(text, wasi_sched_yield());
    else if (has_prefix(path, PULP_BYTES("/sleep/"))) sleep(text, slice_number(argument));
    else if (has_prefix(path, PULP_BYTES("/out/"))) print(text, 1, argument);
    else if (has_prefix(path, PULP_BYTES("/err/"))) print(text, 2, argument);
    else if (has_prefix(path, PULP_BYTES("/exit/"))) wasi_proc_exit(slice_number(argument));
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || fixture_read_event(envelope, &request) != fixture_event_request) return 0;
    Text text = {.length = 0};
    answer(&text, request.path);
    return respond_text(request.id, text_slice(&text));
}
