// The three events, and the records of the imports that send and close, as guests of the reference have them.
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

enum { socket_other, socket_open, socket_frame, socket_close };
enum { socket_text = 1, socket_binary = 2 };

typedef struct {
    uint64_t connection;
    uint32_t opcode, code;
    PulpBytes path, payload, reason; // of open; of frame; of close
} FixtureSocketEvent;

// Reads an event; `socket_other` for every other kind, and for what is no event.
static inline int fixture_read_socket_event(PulpEnvelope envelope, FixtureSocketEvent *event) {
    *event = (FixtureSocketEvent){0};
    PulpReader r = pulp_reader(envelope.payload, envelope.payload_length);
    int kind = socket_other;
    for (uint32_t pairs = pulp_read_map(&r); pairs && !r.failed; pairs--) {
        PulpBytes key = pulp_read_bytes(&r);
        if (pulp_same(key, PULP_BYTES("kind"))) {
            PulpBytes name = pulp_read_bytes(&r);
            if (pulp_same(name, PULP_BYTES("ws.open"))) kind = socket_open;
            if (pulp_same(name, PULP_BYTES("ws.frame"))) kind = socket_frame;
            if (pulp_same(name, PULP_BYTES("ws.close"))) kind = socket_close;
            if (kind == socket_other) return kind;
        } else if (pulp_same(key, PULP_BYTES("payload")) && kind != socket_other) {
            for (uint32_t fields = pulp_read_map(&r); fields && !r.failed; fields--) {
                PulpBytes field = pulp_read_bytes(&r);
                if (pulp_same(field, PULP_BYTES("conn_id"))) event->connection = pulp_read_unsigned(&r);
                else if (pulp_same(field, PULP_BYTES("opcode"))) event->opcode = pulp_read_unsigned(&r);
                else if (pulp_same(field, PULP_BYTES("code"))) event->code = pulp_read_unsigned(&r);
                else if (pulp_same(field, PULP_BYTES("path"))) event->path = pulp_read_bytes(&r);
                else if (pulp_same(field, PULP_BYTES("payload"))) event->payload = pulp_read_bytes(&r);
                else if (pulp_same(field, PULP_BYTES("reason"))) event->reason = pulp_read_bytes(&r);
                else pulp_read_skip(&r);
            }
        } else {
            pulp_read_skip(&r);
        }
    }
    return r.failed ? socket_other : kind;
}

static inline int32_t fixture_listen(PulpBytes path) { return ws_register(path.bytes, path.length); }

// Sends a message. -1 when memory is out, else the host's status.
static inline int32_t fixture_send(uint64_t connection, uint32_t opcode, PulpBytes payload) {
    enum { around = 48 };
    static uint8_t small[1024];
    uint32_t size = around + payload.length;
    uint8_t *buffer = size <= sizeof small ? small : pulp_allocate(size);
    if (!buffer) return -1;
    PulpWriter w = pulp_writer(buffer, size);
    pulp_write_map(&w, 3);
    pulp_write_text(&w, PULP_BYTES("conn_id"));
    pulp_write_big(&w, 0xcf, connection, 8);
    pulp_write_text(&w, PULP_BYTES("opcode"));
    pulp_write_big(&w, 0xcc, opcode, 1);
    pulp_write_text(&w, PULP_BYTES("payload"));
    pulp_write_binary(&w, payload);
    int32_t status = w.failed ? -1 : ws_send(buffer, pulp_written(&w));
    if (buffer != small) pulp_release(buffer);
    return status;
}

// Sends one message to many. The number that it did not go to, or minus the status.
static inline int32_t fixture_send_many(
    const uint64_t *connections, uint32_t count, uint32_t opcode, PulpBytes payload
) {
    uint32_t size = 64 + 9 * count + payload.length, length = 0;
    uint8_t *buffer = pulp_allocate(size);
    void *response = 0;
    if (!buffer) return -7;
    PulpWriter w = pulp_writer(buffer, size);
    pulp_write_map(&w, 3);
    pulp_write_text(&w, PULP_BYTES("conn_ids"));
    pulp_write_array(&w, count);
    for (uint32_t i = 0; i < count; i++) pulp_write_big(&w, 0xcf, connections[i], 8);
    pulp_write_text(&w, PULP_BYTES("opcode"));
    pulp_write_big(&w, 0xcc, opcode, 1);
    pulp_write_text(&w, PULP_BYTES("payload"));
    pulp_write_binary(&w, payload);
    int32_t status = w.failed ? 3 : ws_send_many(buffer, pulp_written(&w), &response, &length);
    pulp_release(buffer);
    if (status) return -status;
    PulpReader r = pulp_reader(response, length);
    pulp_read_map(&r);
    pulp_read_bytes(&r);
    uint8_t tag = pulp_read_big(&r, 1);
    uint32_t failed = (tag & 0xf0) == 0x90 ? tag & 0x0f : pulp_read_big(&r, tag == 0xdc ? 2 : 4);
    pulp_release(response);
    return failed;
}

static inline int32_t fixture_close(uint64_t connection, uint32_t code, PulpBytes reason) {
    uint8_t buffer[512];
    PulpWriter w = pulp_writer(buffer, sizeof buffer);
    pulp_write_map(&w, 3);
    pulp_write_text(&w, PULP_BYTES("conn_id"));
    pulp_write_big(&w, 0xcf, connection, 8);
    pulp_write_text(&w, PULP_BYTES("code"));
    pulp_write_big(&w, 0xcd, code, 2);
    pulp_write_text(&w, PULP_BYTES("reason"));
    pulp_write_text(&w, reason);
    return w.failed ? -1 : ws_close(buffer, pulp_written(&w));
}

#endif
