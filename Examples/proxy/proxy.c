// GET /*path fetches the same path from `upstream` of [config] and passes the body on as it comes: the guest sees the head
// of the answer, decides, and is done; the host carries the rest. When the fetch fails, the answer is 502 with the reason.
#include "pulp_http.h"

static uint8_t upstream[1024];
static uint32_t upstream_length;

void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return pulp_allocate(size, 16); }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) { pulp_release(block); }

int32_t PULP_EXPORT(pulp_shutdown)(void) { return 0; }

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    MPReader r = mp_reader(config, length);
    for (uint32_t pairs = length ? mp_map(&r) : 0; pairs && !r.failed; pairs--) {
        if (!mp_equal(mp_bytes(&r), MP_TEXT("upstream"))) {
            mp_skip(&r);
            continue;
        }
        MPSlice url = mp_bytes(&r);
        if (url.length > sizeof upstream) return 1;
        __builtin_memcpy(upstream, url.bytes, url.length);
        upstream_length = url.length;
    }
    return upstream_length ? pulp_route(MP_TEXT("GET"), MP_TEXT("/*path")) : 2;
}

typedef struct {
    uint64_t stream, status;
    MPSlice type;
} Head;

static MPSlice header(MPReader *r, MPSlice name) {
    MPSlice value = {0, 0};
    for (uint32_t pairs = mp_map(r); pairs && !r->failed; pairs--) {
        int is_wanted = mp_equal(mp_bytes(r), name);
        if (is_wanted) value = mp_bytes(r);
        else mp_skip(r);
    }
    return value;
}

static Head read_head(const void *bytes, uint32_t length) {
    Head head = {0};
    MPReader r = mp_reader(bytes, length);
    for (uint32_t pairs = mp_map(&r); pairs && !r.failed; pairs--) {
        MPSlice key = mp_bytes(&r);
        if (mp_equal(key, MP_TEXT("id"))) head.stream = mp_unsigned(&r);
        else if (mp_equal(key, MP_TEXT("status"))) head.status = mp_unsigned(&r);
        else if (mp_equal(key, MP_TEXT("headers"))) head.type = header(&r, MP_TEXT("Content-Type"));
        else mp_skip(&r);
    }
    return head;
}

static int32_t begin(MPSlice path, void **answer, uint32_t *length) {
    static uint8_t url[10240], request[11264];
    if (path.length > sizeof url - upstream_length) return 4;
    __builtin_memcpy(url, upstream, upstream_length);
    __builtin_memcpy(url + upstream_length, path.bytes, path.length);
    MPWriter w = mp_writer(request, sizeof request);
    mp_put_map(&w, 1);
    mp_put_text(&w, MP_TEXT("url"));
    mp_put_text(&w, (MPSlice){url, upstream_length + path.length});
    return http_fetch_begin(request, mp_written(&w), answer, length);
}

static int32_t pass_on(uint64_t id, Head head) {
    uint8_t buffer[1024];
    MPWriter w = mp_writer(buffer, sizeof buffer);
    mp_put_map(&w, 4);
    mp_put_text(&w, MP_TEXT("id"));
    mp_put_unsigned(&w, id);
    mp_put_text(&w, MP_TEXT("stream_id"));
    mp_put_unsigned(&w, head.stream);
    mp_put_text(&w, MP_TEXT("status"));
    mp_put_unsigned(&w, head.status);
    mp_put_text(&w, MP_TEXT("headers"));
    mp_put_map(&w, head.type.length ? 1 : 0);
    if (head.type.length) {
        mp_put_text(&w, MP_TEXT("Content-Type"));
        mp_put_text(&w, head.type);
    }
    return w.failed ? -1 : http_respond_stream(buffer, mp_written(&w));
}

// The last fetch's error, which is a sentence for people, as the answer.
static int32_t refuse(uint64_t id) {
    void *answer = 0;
    uint32_t length = 0;
    MPSlice message = MP_TEXT("the upstream cannot be reached");
    if (http_fetch_error(&answer, &length) == 0 && length) {
        MPReader r = mp_reader(answer, length);
        for (uint32_t pairs = mp_map(&r); pairs && !r.failed; pairs--) {
            int is_wanted = mp_equal(mp_bytes(&r), MP_TEXT("message"));
            if (is_wanted) message = mp_bytes(&r);
            else mp_skip(&r);
        }
    }
    int32_t status = pulp_respond(id, 502, PULP_TEXT_PLAIN, message);
    pulp_release(answer);
    return status;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (!envelope.payload_length || pulp_read_event(envelope, &request) != pulp_event_request) return 0;
    void *answer = 0;
    uint32_t answer_length = 0;
    if (begin(request.path, &answer, &answer_length) != 0) return refuse(request.id);
    Head head = read_head(answer, answer_length);
    int32_t status = pass_on(request.id, head);
    pulp_release(answer);
    if (status == 0) return 0;
    http_fetch_close((uint32_t)head.stream, (uint32_t)(head.stream >> 32));
    return pulp_respond(request.id, 502, PULP_TEXT_PLAIN, MP_TEXT("the upstream's answer cannot be passed on"));
}
