// Echoes every message on /ws and /ws/:room, as the reference's guests do; a text that begins with `!` is a command:
//   !all TEXT          to every connection, by one ws_send each    !many TEXT    the same by ws_send_many
//   !close CODE TEXT   ends this connection                        !count        "OPEN CLOSED CODE REASON" of the last
//   !trap  !spin       ends the instance                           !twice        ends this connection twice, by 1000
#include "pulp_websocket.h"

void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return pulp_allocate(size, 16); }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) { pulp_release(block); }

enum { most = 4096 };
static uint64_t connections[most];
static uint32_t open, closed, last_code;
static uint8_t last_reason[512];
static uint32_t last_reason_length;
static volatile uint32_t spins;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = pulp_ws_listen(MP_TEXT("/ws"));
    if (status) return 100 + status;
    status = pulp_ws_listen(MP_TEXT("/ws/:room"));
    return status ? 200 + status : 0;
}

static int starts(MPSlice text, MPSlice word) {
    return text.length >= word.length && mp_equal((MPSlice){text.bytes, word.length}, word);
}

static MPSlice after(MPSlice text, uint32_t count) {
    return (MPSlice){text.bytes + count, text.length > count ? text.length - count : 0};
}

static uint32_t put_number(uint8_t *to, uint32_t value) {
    uint8_t digits[10];
    uint32_t count = 0, written = 0;
    do digits[count++] = '0' + value % 10; while (value /= 10);
    while (count) to[written++] = digits[--count];
    return written;
}

static int32_t tell_counts(uint64_t connection) {
    static uint8_t text[600];
    uint32_t at = put_number(text, open);
    text[at++] = ' ';
    at += put_number(text + at, closed);
    text[at++] = ' ';
    at += put_number(text + at, last_code);
    text[at++] = ' ';
    __builtin_memcpy(text + at, last_reason, last_reason_length);
    return pulp_ws_write(connection, pulp_ws_text, (MPSlice){text, at + last_reason_length});
}

static int32_t end(uint64_t connection, MPSlice rest) {
    uint32_t code = 0;
    while (rest.length && *rest.bytes != ' ') {
        code = 10 * code + (*rest.bytes - '0');
        rest = after(rest, 1);
    }
    return pulp_ws_end(connection, code, after(rest, 1));
}

static int32_t command(const PulpWebSocketEvent *event) {
    MPSlice text = event->payload;
    if (starts(text, MP_TEXT("!all "))) {
        int32_t worst = 0;
        for (uint32_t i = 0; i < open; i++) {
            int32_t status = pulp_ws_write(connections[i], pulp_ws_text, after(text, 5));
            if (status) worst = status;
        }
        return worst;
    }
    if (starts(text, MP_TEXT("!many "))) return pulp_ws_write_many(connections, open, pulp_ws_text, after(text, 6));
    if (starts(text, MP_TEXT("!close "))) return end(event->connection, after(text, 7));
    if (starts(text, MP_TEXT("!count"))) return tell_counts(event->connection);
    if (starts(text, MP_TEXT("!trap"))) __builtin_trap();
    if (starts(text, MP_TEXT("!spin"))) for (;;) spins++;
    if (starts(text, MP_TEXT("!twice"))) {
        int32_t first = pulp_ws_end(event->connection, 0, MP_TEXT("first"));
        int32_t second = pulp_ws_end(event->connection, 0, MP_TEXT("second"));
        return first == 0 && second == 4 ? 0 : 500;
    }
    return pulp_ws_write(event->connection, pulp_ws_text, text);
}

static void forget(const PulpWebSocketEvent *event) {
    for (uint32_t i = 0; i < open; i++) {
        if (connections[i] != event->connection) continue;
        connections[i] = connections[--open];
        break;
    }
    closed++;
    last_code = event->code;
    last_reason_length = event->reason.length < sizeof last_reason ? event->reason.length : sizeof last_reason;
    __builtin_memcpy(last_reason, event->reason.bytes, last_reason_length);
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpWebSocketEvent event;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    switch (pulp_read_ws_event(envelope, &event)) {
    case pulp_ws_open:
        if (open < most) connections[open++] = event.connection;
        return 0;
    case pulp_ws_close: forget(&event); return 0;
    case pulp_ws_frame:
        if (event.opcode == pulp_ws_text && event.payload.length && *event.payload.bytes == '!') return command(&event);
        return pulp_ws_write(event.connection, event.opcode, event.payload);
    }
    return 0;
}

int32_t PULP_EXPORT(pulp_shutdown)(void) { return 0; }
