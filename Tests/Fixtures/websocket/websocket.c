// Echoes every message on /ws and /ws/:room, as the reference's guests do; a text that begins with `!` is a command:
//   !all TEXT          to every connection, by one ws_send each    !many TEXT    the same by ws_send_many
//   !close CODE TEXT   ends this connection                        !count        "OPEN CLOSED CODE REASON" of the last
//   !trap  !spin       ends the instance                           !twice        ends this connection twice, by 1000
#include "fixture.h"
#include "websocket.h"

enum { most = 4096 };
static uint64_t connections[most];
static uint32_t open, closed, last_code;
static uint8_t last_reason[512];
static uint32_t last_reason_length;
static volatile uint32_t spins;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = fixture_listen(PULP_BYTES("/ws"));
    if (status) return 100 + status;
    status = fixture_listen(PULP_BYTES("/ws/:room"));
    return status ? 200 + status : 0;
}

static int starts(PulpBytes text, PulpBytes word) {
    return text.length >= word.length && pulp_same((PulpBytes){text.bytes, word.length}, word);
}

static PulpBytes after(PulpBytes text, uint32_t count) {
    return (PulpBytes){text.bytes + count, text.length > count ? text.length - count : 0};
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
    return fixture_send(connection, socket_text, (PulpBytes){text, at + last_reason_length});
}

static int32_t end(uint64_t connection, PulpBytes rest) {
    uint32_t code = 0;
    while (rest.length && *rest.bytes != ' ') {
        code = 10 * code + (*rest.bytes - '0');
        rest = after(rest, 1);
    }
    return fixture_close(connection, code, after(rest, 1));
}

static int32_t command(const FixtureSocketEvent *event) {
    PulpBytes text = event->payload;
    if (starts(text, PULP_BYTES("!all "))) {
        int32_t worst = 0;
        for (uint32_t i = 0; i < open; i++) {
            int32_t status = fixture_send(connections[i], socket_text, after(text, 5));
            if (status) worst = status;
        }
        return worst;
    }
    if (starts(text, PULP_BYTES("!many "))) return fixture_send_many(connections, open, socket_text, after(text, 6));
    if (starts(text, PULP_BYTES("!close "))) return end(event->connection, after(text, 7));
    if (starts(text, PULP_BYTES("!count"))) return tell_counts(event->connection);
    if (starts(text, PULP_BYTES("!trap"))) __builtin_trap();
    if (starts(text, PULP_BYTES("!spin"))) for (;;) spins++;
    if (starts(text, PULP_BYTES("!twice"))) {
        int32_t first = fixture_close(event->connection, 0, PULP_BYTES("first"));
        int32_t second = fixture_close(event->connection, 0, PULP_BYTES("second"));
        return first == 0 && second == 4 ? 0 : 500;
    }
    return fixture_send(event->connection, socket_text, text);
}

static void forget(const FixtureSocketEvent *event) {
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
    FixtureSocketEvent event;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    switch (fixture_read_socket_event(envelope, &event)) {
    case socket_open:
        if (open < most) connections[open++] = event.connection;
        return 0;
    case socket_close: forget(&event); return 0;
    case socket_frame:
        if (event.opcode == socket_text && event.payload.length && *event.payload.bytes == '!') return command(&event);
        return fixture_send(event.connection, event.opcode, event.payload);
    }
    return 0;
}
