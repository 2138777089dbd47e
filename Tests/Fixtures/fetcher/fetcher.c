// Uses every import of transport.http.outbound as the reference's guests do. The body of a POST is the URL.
// /fetch answers with what http_fetch brought, /read the same by http_fetch_begin, _read and _close, 5 bytes a read;
// /proxy passes the stream on with http_respond_stream, /proxy-later does so for a request that it has deferred;
// /unknown and /nobody tell the status of http_respond_stream for a stream and a request that are not there.
// /open leaves a stream open; /begin-trap opens one and traps. /last tells the last error's words.
#include "fixture.h"

static int32_t defer(uint64_t id) { return http_defer((uint32_t)id, (uint32_t)(id >> 32)); }

// The request of a fetch; its length.
static uint32_t put_fetch(uint8_t *buffer, uint32_t size, MPSlice url) {
    MPWriter w = mp_writer(buffer, size);
    mp_put_map(&w, 4);
    mp_put_text(&w, MP_TEXT("method"));
    mp_put_text(&w, MP_TEXT("GET"));
    mp_put_text(&w, MP_TEXT("url"));
    mp_put_text(&w, url);
    mp_put_text(&w, MP_TEXT("headers"));
    mp_put_map(&w, 1);
    mp_put_text(&w, MP_TEXT("X-Guest"));
    mp_put_text(&w, MP_TEXT("fetcher"));
    mp_put_text(&w, MP_TEXT("body"));
    mp_put_binary(&w, (MPSlice){0, 0});
    return w.failed ? 0 : mp_written(&w);
}

typedef struct {
    uint64_t id, status;
    MPSlice body;
} Fetched;

static Fetched read_fetched(const void *bytes, uint32_t length) {
    Fetched fetched = {0};
    MPReader r = mp_reader(bytes, length);
    for (uint32_t pairs = mp_map(&r); pairs && !r.failed; pairs--) {
        MPSlice key = mp_bytes(&r);
        if (mp_equal(key, MP_TEXT("id"))) fetched.id = mp_unsigned(&r);
        else if (mp_equal(key, MP_TEXT("status"))) fetched.status = mp_unsigned(&r);
        else if (mp_equal(key, MP_TEXT("body"))) fetched.body = mp_bytes(&r);
        else mp_skip(&r);
    }
    return fetched;
}

static int32_t begin(MPSlice url, uint64_t *stream, uint32_t *status) {
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
    text_add(&text, MP_TEXT("status "));
    text_add_number(&text, status);
    pulp_respond(id, 502, PULP_TEXT_PLAIN, text_slice(&text));
}

static void fetch(uint64_t id, MPSlice url) {
    uint8_t request[2048];
    void *answer = 0;
    uint32_t length = 0;
    int32_t result = http_fetch(request, put_fetch(request, sizeof request, url), &answer, &length);
    if (result != 0) return fail(id, result);
    Fetched fetched = read_fetched(answer, length);
    pulp_respond(id, (uint32_t)fetched.status, PULP_TEXT_PLAIN, fetched.body);
    pulp_release(answer);
}

static void read_all(uint64_t id, MPSlice url, uint32_t at_a_time) {
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
        MPReader r = mp_reader(answer, length);
        for (uint32_t pairs = mp_map(&r); pairs && !r.failed; pairs--) {
            MPSlice key = mp_bytes(&r);
            if (mp_equal(key, MP_TEXT("bytes"))) text_add(&text, mp_bytes(&r));
            else if (mp_equal(key, MP_TEXT("eof"))) over |= mp_big(&r, 1) == 0xc3;
            else if (mp_equal(key, MP_TEXT("err"))) text_add(&text, mp_bytes(&r)), over = 1;
            else mp_skip(&r);
        }
        over |= r.failed;
        pulp_release(answer);
    }
    http_fetch_close((uint32_t)stream, (uint32_t)(stream >> 32));
    if (result != 0) return fail(id, result);
    pulp_respond(id, status, PULP_TEXT_PLAIN, text_slice(&text));
}

static int32_t respond_stream(uint64_t id, uint64_t stream, uint32_t status) {
    uint8_t buffer[256];
    MPWriter w = mp_writer(buffer, sizeof buffer);
    mp_put_map(&w, 4);
    mp_put_text(&w, MP_TEXT("id"));
    mp_put_unsigned(&w, id);
    mp_put_text(&w, MP_TEXT("stream_id"));
    mp_put_unsigned(&w, stream);
    mp_put_text(&w, MP_TEXT("status"));
    mp_put_unsigned(&w, status);
    mp_put_text(&w, MP_TEXT("headers"));
    mp_put_map(&w, 1);
    mp_put_text(&w, MP_TEXT("X-Proxy"));
    mp_put_text(&w, MP_TEXT("fetcher"));
    return http_respond_stream(buffer, mp_written(&w));
}

static void proxy(uint64_t id, MPSlice url, uint64_t request_id) {
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
    MPReader r = mp_reader(answer, length);
    for (uint32_t pairs = length ? mp_map(&r) : 0; pairs && !r.failed; pairs--) {
        text_add(&text, mp_bytes(&r));
        text_add(&text, MP_TEXT("="));
        text_add(&text, mp_bytes(&r));
        text_add(&text, MP_TEXT("\n"));
    }
    respond_text(id, text_slice(&text));
    if (length) pulp_release(answer);
}

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    pulp_route(MP_TEXT("GET"), MP_TEXT("/last"));
    return pulp_route(MP_TEXT("POST"), MP_TEXT("/:what"));
}

static void answer(PulpRequest request) {
    MPSlice what = request.param;
    if (mp_equal(request.path, MP_TEXT("/last"))) return last(request.id);
    if (mp_equal(what, MP_TEXT("fetch"))) return fetch(request.id, request.body);
    if (mp_equal(what, MP_TEXT("read"))) return read_all(request.id, request.body, 5);
    if (mp_equal(what, MP_TEXT("proxy"))) return proxy(request.id, request.body, request.id);
    if (mp_equal(what, MP_TEXT("nobody"))) return proxy(request.id, request.body, request.id + 1000000);
    if (mp_equal(what, MP_TEXT("proxy-later"))) {
        defer(request.id);
        return proxy(request.id, request.body, request.id);
    }
    if (mp_equal(what, MP_TEXT("unknown"))) return fail(request.id, respond_stream(request.id, 77, 200));
    uint64_t stream = 0;
    uint32_t status = 0;
    int32_t result = begin(request.body, &stream, &status);
    if (mp_equal(what, MP_TEXT("begin-trap"))) __builtin_trap();
    if (result != 0) return fail(request.id, result);
    respond_number(request.id, (int64_t)stream);
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length && pulp_read_event(envelope, &request) == pulp_event_request) answer(request);
    return 0;
}
