// WebSockets in a C guest: the three events, and the records of the imports that send and close.
#ifndef PULP_WEBSOCKET_H
#define PULP_WEBSOCKET_H

#include "pulp_abi.h"
#include "pulp_memory.h"
#include "pulp_messagepack.h"

enum { pulp_ws_other, pulp_ws_open, pulp_ws_frame, pulp_ws_close };
enum { pulp_ws_text = 1, pulp_ws_binary = 2 };

typedef struct {
    uint64_t connection;
    uint32_t opcode, code;
    MPSlice path, payload, reason; // of open; of frame; of close
} PulpWebSocketEvent;

// Reads an event; `pulp_ws_other` for every other kind, and for what is no event.
static inline int pulp_read_ws_event(PulpEnvelope envelope, PulpWebSocketEvent *event) {
    *event = (PulpWebSocketEvent){0};
    MPReader r = mp_reader(envelope.payload, envelope.payload_length);
    int kind = pulp_ws_other;
    for (uint32_t pairs = mp_map(&r); pairs && !r.failed; pairs--) {
        MPSlice key = mp_bytes(&r);
        if (mp_equal(key, MP_TEXT("kind"))) {
            MPSlice name = mp_bytes(&r);
            if (mp_equal(name, MP_TEXT("ws.open"))) kind = pulp_ws_open;
            if (mp_equal(name, MP_TEXT("ws.frame"))) kind = pulp_ws_frame;
            if (mp_equal(name, MP_TEXT("ws.close"))) kind = pulp_ws_close;
            if (kind == pulp_ws_other) return kind;
        } else if (mp_equal(key, MP_TEXT("payload")) && kind != pulp_ws_other) {
            for (uint32_t fields = mp_map(&r); fields && !r.failed; fields--) {
                MPSlice field = mp_bytes(&r);
                if (mp_equal(field, MP_TEXT("conn_id"))) event->connection = mp_unsigned(&r);
                else if (mp_equal(field, MP_TEXT("opcode"))) event->opcode = mp_unsigned(&r);
                else if (mp_equal(field, MP_TEXT("code"))) event->code = mp_unsigned(&r);
                else if (mp_equal(field, MP_TEXT("path"))) event->path = mp_bytes(&r);
                else if (mp_equal(field, MP_TEXT("payload"))) event->payload = mp_bytes(&r);
                else if (mp_equal(field, MP_TEXT("reason"))) event->reason = mp_bytes(&r);
                else mp_skip(&r);
            }
        } else {
            mp_skip(&r);
        }
    }
    return r.failed ? pulp_ws_other : kind;
}

static inline int32_t pulp_ws_listen(MPSlice path) { return ws_register(path.bytes, path.length); }

// Sends a message. -1 when memory is out, else the host's status.
static inline int32_t pulp_ws_write(uint64_t connection, uint32_t opcode, MPSlice payload) {
    enum { around = 48 };
    static uint8_t small[1024];
    uint32_t size = around + payload.length;
    uint8_t *buffer = size <= sizeof small ? small : pulp_allocate(size, 16);
    if (!buffer) return -1;
    MPWriter w = mp_writer(buffer, size);
    mp_put_map(&w, 3);
    mp_put_text(&w, MP_TEXT("conn_id"));
    mp_put(&w, 0xcf, connection, 8);
    mp_put_text(&w, MP_TEXT("opcode"));
    mp_put(&w, 0xcc, opcode, 1);
    mp_put_text(&w, MP_TEXT("payload"));
    mp_put_binary(&w, payload);
    int32_t status = w.failed ? -1 : ws_send(buffer, mp_written(&w));
    if (buffer != small) pulp_release(buffer);
    return status;
}

// Sends one message to many. The number that it did not go to, or minus the status.
static inline int32_t pulp_ws_write_many(
    const uint64_t *connections, uint32_t count, uint32_t opcode, MPSlice payload
) {
    uint32_t size = 64 + 9 * count + payload.length, length = 0;
    uint8_t *buffer = pulp_allocate(size, 16);
    void *response = 0;
    if (!buffer) return -7;
    MPWriter w = mp_writer(buffer, size);
    mp_put_map(&w, 3);
    mp_put_text(&w, MP_TEXT("conn_ids"));
    mp_put_array(&w, count);
    for (uint32_t i = 0; i < count; i++) mp_put(&w, 0xcf, connections[i], 8);
    mp_put_text(&w, MP_TEXT("opcode"));
    mp_put(&w, 0xcc, opcode, 1);
    mp_put_text(&w, MP_TEXT("payload"));
    mp_put_binary(&w, payload);
    int32_t status = w.failed ? 3 : ws_send_many(buffer, mp_written(&w), &response, &length);
    pulp_release(buffer);
    if (status) return -status;
    MPReader r = mp_reader(response, length);
    mp_map(&r);
    mp_bytes(&r);
    uint8_t tag = mp_big(&r, 1);
    uint32_t failed = (tag & 0xf0) == 0x90 ? tag & 0x0f : mp_big(&r, tag == 0xdc ? 2 : 4);
    pulp_release(response);
    return failed;
}

static inline int32_t pulp_ws_end(uint64_t connection, uint32_t code, MPSlice reason) {
    uint8_t buffer[512];
    MPWriter w = mp_writer(buffer, sizeof buffer);
    mp_put_map(&w, 3);
    mp_put_text(&w, MP_TEXT("conn_id"));
    mp_put(&w, 0xcf, connection, 8);
    mp_put_text(&w, MP_TEXT("code"));
    mp_put(&w, 0xcd, code, 2);
    mp_put_text(&w, MP_TEXT("reason"));
    mp_put_text(&w, reason);
    return w.failed ? -1 : ws_close(buffer, mp_written(&w));
}

#endif
