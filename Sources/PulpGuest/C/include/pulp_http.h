// HTTP in a C guest: what of an `http.request` a handler reads, and the two records that it writes.
#ifndef PULP_HTTP_H
#define PULP_HTTP_H

#include "pulp_abi.h"
#include "pulp_memory.h"
#include "pulp_messagepack.h"

typedef struct {
    uint64_t id;
    MPSlice method, path, param, body; // `param` is the first of the path's parameters
} PulpRequest;

// What an event's bytes turned out to be.
enum { pulp_event_broken = 2, pulp_event_other = 0, pulp_request_broken = 3, pulp_event_request = -1 };

static inline MPSlice pulp_first_value(MPReader *r) {
    MPSlice first = {0, 0};
    uint32_t pairs = mp_map(r);
    for (uint32_t i = 0; i < pairs && !r->failed; i++) {
        mp_skip(r);
        if (i == 0) first = mp_bytes(r);
        else mp_skip(r);
    }
    return first;
}

static inline int pulp_read_request(MPReader *r, PulpRequest *request) {
    *request = (PulpRequest){0};
    uint32_t pairs = mp_map(r);
    for (; pairs && !r->failed; pairs--) {
        MPSlice key = mp_bytes(r);
        if (mp_equal(key, MP_TEXT("id"))) request->id = mp_unsigned(r);
        else if (mp_equal(key, MP_TEXT("method"))) request->method = mp_bytes(r);
        else if (mp_equal(key, MP_TEXT("path"))) request->path = mp_bytes(r);
        else if (mp_equal(key, MP_TEXT("params"))) request->param = pulp_first_value(r);
        else if (mp_equal(key, MP_TEXT("body"))) request->body = mp_bytes(r);
        else mp_skip(r);
    }
    return r->failed ? pulp_request_broken : pulp_event_request;
}

// Reads an event; the host writes `kind` before `payload`.
static inline int pulp_read_event(PulpEnvelope envelope, PulpRequest *request) {
    MPReader r = mp_reader(envelope.payload, envelope.payload_length);
    MPSlice kind = {0, 0};
    for (uint32_t pairs = mp_map(&r); pairs && !r.failed; pairs--) {
        MPSlice key = mp_bytes(&r);
        if (mp_equal(key, MP_TEXT("kind"))) kind = mp_bytes(&r);
        else if (!mp_equal(key, MP_TEXT("payload"))) mp_skip(&r);
        else if (mp_equal(kind, MP_TEXT("http.request"))) return pulp_read_request(&r, request);
        else return pulp_event_other;
    }
    return r.failed ? pulp_event_broken : pulp_event_other;
}

static inline int32_t pulp_route(MPSlice method, MPSlice path) {
    uint8_t buffer[256];
    MPWriter w = mp_writer(buffer, sizeof buffer);
    mp_put_map(&w, 2);
    mp_put_text(&w, MP_TEXT("method"));
    mp_put_text(&w, method);
    mp_put_text(&w, MP_TEXT("path"));
    mp_put_text(&w, path);
    return w.failed ? 5 : http_register(buffer, mp_written(&w));
}

// Answers a request. -1 when memory is out, else the host's status.
static inline int32_t pulp_respond(uint64_t id, uint32_t status, MPSlice type, MPSlice body) {
    enum { around = 96 }; // everything but type and body, which are added
    static uint8_t small[1024];
    uint32_t size = around + type.length + body.length;
    uint8_t *buffer = size <= sizeof small ? small : pulp_allocate(size, 16);
    if (!buffer) return -1;
    MPWriter w = mp_writer(buffer, size);
    mp_put_map(&w, 4);
    mp_put_text(&w, MP_TEXT("id"));
    mp_put_unsigned(&w, id);
    mp_put_text(&w, MP_TEXT("status"));
    mp_put_unsigned(&w, status);
    mp_put_text(&w, MP_TEXT("headers"));
    mp_put_map(&w, 1);
    mp_put_text(&w, MP_TEXT("Content-Type"));
    mp_put_text(&w, type);
    mp_put_text(&w, MP_TEXT("body"));
    mp_put_binary(&w, body);
    int32_t answer = w.failed ? -1 : http_respond(buffer, mp_written(&w));
    if (buffer != small) pulp_release(buffer);
    return answer;
}

#define PULP_TEXT_PLAIN MP_TEXT("text/plain; charset=utf-8")

#endif
