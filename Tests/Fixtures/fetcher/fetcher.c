// Uses every import of transport.http.outbound as the reference's guests do. The body of a POST is the URL.
// /fetch answers with what http_fetch brought, /read the same by http_fetch_begin, _read and _close, 5 bytes a read;
// /proxy passes the stream on with http_respond_stream, /proxy-later does so for a request that it has deferred;
// /unknown and /nobody tell the status of http_respond_stream for a stream and a request that are not there.
// /open leaves a stream open; /begin-trap opens one and traps. /last tells the last error's words.
#include "fixture.h"

static int32_t defer(uint64_t id) { return http_defer((uint32_t)id, (uint32_t)(id >> 32)); }

// The request of a fetch; its length.
static uint32_t put_fetch(uint8_t *buffer, uint32_t size, PulpBytes url) {
    PulpWriter w = pulp_writer(buffer, size);
    pulp_write_map(&w, 4);
    pulp_write_text(&w, PULP_BYTES("method"));
    pulp_write_text(&w, PULP_BYTES("GET"));
    pulp_write_text(&w, PULP_BYTES("url"));
    pulp_write_text(&w, url);
    pulp_write_text(&w, PULP_BYTES("headers"));
    pulp_write_map(&w, 1);
    pulp_write_text(&w, PULP_BYTES("X-Guest"));
    pulp_write_text(&w, PULP_BYTES("fetcher"));
    pulp_write_text(&w, PULP_BYTES("body"));
    pulp_write_binary(&w, (PulpBytes){0, 0});
    return w.failed ? 0 : pulp_written(&w);
}

typedef struct {
    uint64_t id, status;
    PulpBytes body;
} Fetched;

static Fetched read_fetched(const void *bytes, uint32_t length) {
    Fetched fetched = {0};
    PulpReader r = pulp_reader(bytes, length);
    for (uint32_t pairs = pulp_read_map(&r); pairs && !r.failed; pairs--) {
        PulpBytes key = pulp_read_bytes(&r);
        if (pulp_same(key, PULP_BYTES("id"))) fetched.id = pulp_read_unsigned(&r);
        else if (pulp_same(key, PULP_BYTES("status"))) fetched.status = pulp_read_unsigned(&r);
        else if (pulp_same(key, PULP_BYTES("body"))) fetched.body = pulp_read_bytes(&r);
        else pulp_read_skip(&r);
    }
    return fetched;
}

static int32_t begin(PulpBytes url, uint64_t *stream, uint32_t *status) {
    uint8_t request[2048];
    void *answer = 0;
    uint32_t length = 0;
    int32_t result = http_fetch_begin(request, put_fetch(request, sizeof request, url), &answer, &length);
    if (result != 0) return result;
    Fetched fetched = read_fetched(answer, length);
    *stream = fetched.id;
    *status = (uint32_t)fetched.status;
    pulp_release(answer);
    return 0;
}

static void fail(uint64_t id, int32_t status) {
    Text text = {.length = 0};
    text_add(&text, PULP_BYTES("status "));
    text_add_number(&text, status);
    fixture_respond(id, 502, TEXT_PLAIN, text_slice(&text));
}

static void fetch(uint64_t id, PulpBytes url) {
    uint8_t request[2048];
    void *answer = 0;
    uint32_t length = 0;
    int32_t result = http_fetch(request, put_fetch(request, sizeof request, url), &answer, &length);
    if (result != 0) return fail(id, result);
    Fetched fetched = read_fetched(answer, length);
    fixture_respond(id, (uint32_t)fetched.status, TEXT_PLAIN, fetched.body);
    pulp_release(answer);
}

static void read_all(uint64_t id, PulpBytes url, uint32_t at_a_time) {
    uint64_t stream = 0;
    uint32_t status = 0;
    int32_t result = begin(url, &stream, &status);
    if (result != 0) return fail(id, result);
    static Text text;
    text.length = 0;
    for (int over = 0; !over;) {
        void *answer = 0;
        uint32_t length = 0;
        result = http_fetch_read((uint32_t)stream, (uint32_t)(stream >> 32), at_a_time, &answer, &length);
        if (result != 0) break;
        PulpReader r = pulp_reader(answer, length);
        for (uint32_t pairs = pulp_read_map(&r); pairs && !r.failed; pairs--) {
            PulpBytes key = pulp_read_bytes(&r);
            if (pulp_same(key, PULP_BYTES("bytes"))) text_add(&text, pulp_read_bytes(&r));
            else if (pulp_same(key, PULP_BYTES("eof"))) over |= pulp_read_big(&r, 1) == 0xc3;
            else if (pulp_same(key, PULP_BYTES("err"))) text_add(&text, pulp_read_bytes(&r)), over = 1;
            else pulp_read_skip(&r);
        }
        over |= r.failed;
        pulp_release(answer);
    }
    http_fetch_close((uint32_t)stream, (uint32_t)(stream >> 32));
    if (result != 0) return fail(id, result);
    fixture_respond(id, status, TEXT_PLAIN, text_slice(&text));
}

static int32_t respond_stream(uint64_t id, uint64_t stream, uint32_t status) {
    uint8_t buffer[256];
    PulpWriter w = pulp_writer(buffer, sizeof buffer);
    pulp_write_map(&w, 4);
    pulp_write_text(&w, PULP_BYTES("id"));
    pulp_write_unsigned(&w, id);
    pulp_write_text(&w, PULP_BYTES("stream_id"));
    pulp_write_unsigned(&w, stream);
    pulp_write_text(&w, PULP_BYTES("status"));
    pulp_write_unsigned(&w, status);
    pulp_write_text(&w, PULP_BYTES("headers"));
    pulp_write_map(&w, 1);
    pulp_write_text(&w, PULP_BYTES("X-Proxy"));
    pulp_write_text(&w, PULP_BYTES("fetcher"));
    return http_respond_stream(buffer, pulp_written(&w));
}

static void proxy(uint64_t id, PulpBytes url, uint64_t request_id) {
    uint64_t stream = 0;
    uint32_t status = 0;
    int32_t result = begin(url, &stream, &status);
    if (result == 0) result = respond_stream(request_id, stream, status);
    if (result != 0 || request_id != id) fail(id, result);
}

static void last(uint64_t id) {
    void *answer = 0;
    uint32_t length = 0;
    int32_t result = http_fetch_error(&answer, &length);
    if (result != 0) return fail(id, result);
    Text text = {.length = 0};
    PulpReader r = pulp_reader(answer, length);
    for (uint32_t pairs = length ? pulp_read_map(&r) : 0; pairs && !r.failed; pairs--) {
        text_add(&text, pulp_read_bytes(&r));
        text_add(&text, PULP_BYTES("="));
        text_add(&text, pulp_read_bytes(&r));
        text_add(&text, PULP_BYTES("\n"));
    }
    respond_text(id, text_slice(&text));
    if (length) pulp_release(answer);
}

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    fixture_route(PULP_BYTES("GET"), PULP_BYTES("/last"));
    return fixture_route(PULP_BYTES("POST"), PULP_BYTES("/:what"));
}

static void answer(FixtureRequest request) {
    PulpBytes what = request.param;
    if (pulp_same(request.path, PULP_BYTES("/last"))) return last(request.id);
    if (pulp_same(what, PULP_BYTES("fetch"))) return fetch(request.id, request.body);
    if (pulp_same(what, PULP_BYTES("read"))) return read_all(request.id, request.body, 5);
    if (pulp_same(what, PULP_BYTES("proxy"))) return proxy(request.id, request.body, request.id);
    if (pulp_same(what, PULP_BYTES("nobody"))) return proxy(request.id, request.body, request.id + 1000000);
    if (pulp_same(what, PULP_BYTES("proxy-later"))) {
        defer(request.id);
        return proxy(request.id, request.body, request.id);
    }
    if (pulp_same(what, PULP_BYTES("unknown"))) return fail(request.id, respond_stream(request.id, 77, 200));
    uint64_t stream = 0;
    uint32_t status = 0;
    int32_t result = begin(request.body, &stream, &status);
    if (pulp_same(what, PULP_BYTES("begin-trap"))) __builtin_trap();
    if (result != 0) return fail(request.id, result);
    respond_number(request.id, (int64_t)stream);
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length && fixture_read_event(envelope, &request) == fixture_event_request) answer(request);
    return 0;
}
