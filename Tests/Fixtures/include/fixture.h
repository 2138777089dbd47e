// What the fixtures in C share: the exports that most of them have alike, and plain text made of words and numbers.
#ifndef FIXTURE_H
#define FIXTURE_H

// Fixtures imitate guests of the reference: they define their exports, and write and read MessagePack themselves.
#define PULP_NO_RUNTIME
#include "pulp.h"

#ifndef FIXTURE_OWN_ALLOC
void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return pulp_allocate(size); }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) { pulp_release(block); }
#endif

#ifndef FIXTURE_OWN_SHUTDOWN
int32_t PULP_EXPORT(pulp_shutdown)(void) { return 0; }
#endif

// ---- HTTP: what of an `http.request` a handler reads, and the two records that it writes

typedef struct {
    uint64_t id;
    PulpBytes method, path, param, body; // `param` is the first of the path's parameters
} FixtureRequest;

// What an event's bytes turned out to be.
enum { fixture_event_broken = 2, fixture_event_other = 0, fixture_request_broken = 3, fixture_event_request = -1 };

static inline PulpBytes fixture_first_value(PulpReader *r) {
    PulpBytes first = {0, 0};
    uint32_t pairs = pulp_read_map(r);
    for (uint32_t i = 0; i < pairs && !r->failed; i++) {
        pulp_read_skip(r);
        if (i == 0) first = pulp_read_bytes(r);
        else pulp_read_skip(r);
    }
    return first;
}

static inline int fixture_read_request(PulpReader *r, FixtureRequest *request) {
    *request = (FixtureRequest){0};
    uint32_t pairs = pulp_read_map(r);
    for (; pairs && !r->failed; pairs--) {
        PulpBytes key = pulp_read_bytes(r);
        if (pulp_same(key, PULP_BYTES("id"))) request->id = pulp_read_unsigned(r);
        else if (pulp_same(key, PULP_BYTES("method"))) request->method = pulp_read_bytes(r);
        else if (pulp_same(key, PULP_BYTES("path"))) request->path = pulp_read_bytes(r);
        else if (pulp_same(key, PULP_BYTES("params"))) request->param = fixture_first_value(r);
        else if (pulp_same(key, PULP_BYTES("body"))) request->body = pulp_read_bytes(r);
        else pulp_read_skip(r);
    }
    return r->failed ? fixture_request_broken : fixture_event_request;
}

// Reads an event; the host writes `kind` before `payload`.
static inline int fixture_read_event(PulpEnvelope envelope, FixtureRequest *request) {
    PulpReader r = pulp_reader(envelope.payload, envelope.payload_length);
    PulpBytes kind = {0, 0};
    for (uint32_t pairs = pulp_read_map(&r); pairs && !r.failed; pairs--) {
        PulpBytes key = pulp_read_bytes(&r);
        if (pulp_same(key, PULP_BYTES("kind"))) kind = pulp_read_bytes(&r);
        else if (!pulp_same(key, PULP_BYTES("payload"))) pulp_read_skip(&r);
        else if (pulp_same(kind, PULP_BYTES("http.request"))) return fixture_read_request(&r, request);
        else return fixture_event_other;
    }
    return r.failed ? fixture_event_broken : fixture_event_other;
}

static inline int32_t fixture_route(PulpBytes method, PulpBytes path) {
    uint8_t buffer[256];
    PulpWriter w = pulp_writer(buffer, sizeof buffer);
    pulp_write_map(&w, 2);
    pulp_write_text(&w, PULP_BYTES("method"));
    pulp_write_text(&w, method);
    pulp_write_text(&w, PULP_BYTES("path"));
    pulp_write_text(&w, path);
    return w.failed ? 5 : http_register(buffer, pulp_written(&w));
}

// Answers a request. -1 when memory is out, else the host's status.
static inline int32_t fixture_respond(uint64_t id, uint32_t status, PulpBytes type, PulpBytes body) {
    enum { around = 96 }; // everything but type and body, which are added
    static uint8_t small[1024];
    uint32_t size = around + type.length + body.length;
    uint8_t *buffer = size <= sizeof small ? small : pulp_allocate(size);
    if (!buffer) return -1;
    PulpWriter w = pulp_writer(buffer, size);
    pulp_write_map(&w, 4);
    pulp_write_text(&w, PULP_BYTES("id"));
    pulp_write_unsigned(&w, id);
    pulp_write_text(&w, PULP_BYTES("status"));
    pulp_write_unsigned(&w, status);
    pulp_write_text(&w, PULP_BYTES("headers"));
    pulp_write_map(&w, 1);
    pulp_write_text(&w, PULP_BYTES("Content-Type"));
    pulp_write_text(&w, type);
    pulp_write_text(&w, PULP_BYTES("body"));
    pulp_write_binary(&w, body);
    int32_t answer = w.failed ? -1 : http_respond(buffer, pulp_written(&w));
    if (buffer != small) pulp_release(buffer);
    return answer;
}

#define TEXT_PLAIN PULP_BYTES("text/plain; charset=utf-8")

// ---- Text

// Text that is put together in a fixed buffer; what does not fit is cut.
typedef struct {
    uint8_t bytes[4096];
    uint32_t length;
} Text;

static inline void text_add(Text *text, PulpBytes slice) {
    for (uint32_t i = 0; i < slice.length && text->length < sizeof text->bytes; i++)
        text->bytes[text->length++] = slice.bytes[i];
}

static inline void text_add_number(Text *text, int64_t number) {
    uint8_t digits[20];
    uint32_t count = 0;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do digits[count++] = '0' + rest % 10;
    while (rest /= 10);
    if (number < 0) text_add(text, PULP_BYTES("-"));
    while (count--) text_add(text, (PulpBytes){&digits[count], 1});
}

static inline PulpBytes text_slice(const Text *text) { return (PulpBytes){text->bytes, text->length}; }

static inline int32_t respond_text(uint64_t id, PulpBytes text) { return fixture_respond(id, 200, TEXT_PLAIN, text); }

static inline int32_t respond_number(uint64_t id, int64_t number) {
    Text text = {.length = 0};
    text_add_number(&text, number);
    return respond_text(id, text_slice(&text));
}

// The decimal number that a slice begins with; 0 when it does not.
static inline uint32_t slice_number(PulpBytes slice) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < slice.length && slice.bytes[i] >= '0' && slice.bytes[i] <= '9'; i++)
        number = number * 10 + slice.bytes[i] - '0';
    return number;
}

static inline int has_prefix(PulpBytes slice, PulpBytes prefix) {
    return slice.length >= prefix.length && pulp_same((PulpBytes){slice.bytes, prefix.length}, prefix);
}

// Moves a configuration's reader to the value of `key`; 0 when there is none.
static inline int config_find(PulpReader *reader, PulpBytes key) {
    for (uint32_t pairs = pulp_left(reader) ? pulp_read_map(reader) : 0; pairs && !reader->failed; pairs--) {
        if (pulp_same(pulp_read_bytes(reader), key)) return 1;
        pulp_read_skip(reader);
    }
    return 0;
}

// An endless loop that the compiler may not remove.
static inline void loop_for_ever(void) {
    for (volatile uint32_t turns = 0;;) turns = turns + 1;
}

#endif
