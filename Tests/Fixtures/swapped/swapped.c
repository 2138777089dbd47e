// A plugin of which a test runs one version after another: what it is comes from its configuration.
//   version  what it calls itself
//   extra    a pattern for one more GET route
//   room     the pattern of its WebSockets instead of /ws/:room; empty for none
//   never    what GET /never answers, instead of putting the answer off
//   fail     "code": pulp_init returns 7 after everything else; "trap": it traps; "loop": it does not come back
//
//   GET  /version, and `extra`   the version
//   GET  /hold                   answered at the next tick     GET /never   never answered
//   POST /take                   the version and the length of the body
//   POST /emit                   emits the body to /events     GET /log     the sse.subscribe events so far
//   a WebSocket gets "open VERSION PARAMETER" and each of its messages behind "VERSION "
#include "fixture.h"
#include "pulp_sse.h"
#include "pulp_websocket.h"

static Text version, events, never;
static uint64_t held[64];
static uint32_t held_count;

static MPSlice setting(const uint8_t *config, uint32_t length, MPSlice key, MPSlice absent) {
    MPReader reader = mp_reader(config, length);
    return config_find(&reader, key) ? mp_bytes(&reader) : absent;
}

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    text_add(&version, setting(config, length, MP_TEXT("version"), MP_TEXT("none")));
    MPSlice extra = setting(config, length, MP_TEXT("extra"), MP_TEXT(""));
    MPSlice room = setting(config, length, MP_TEXT("room"), MP_TEXT("/ws/:room"));
    MPSlice fail = setting(config, length, MP_TEXT("fail"), MP_TEXT(""));
    text_add(&never, setting(config, length, MP_TEXT("never"), MP_TEXT("")));
    int32_t status = pulp_route(MP_TEXT("GET"), MP_TEXT("/version"));
    status |= pulp_route(MP_TEXT("GET"), MP_TEXT("/hold"));
    status |= pulp_route(MP_TEXT("GET"), MP_TEXT("/never"));
    status |= pulp_route(MP_TEXT("GET"), MP_TEXT("/log"));
    status |= pulp_route(MP_TEXT("POST"), MP_TEXT("/take"));
    status |= pulp_route(MP_TEXT("POST"), MP_TEXT("/emit"));
    if (extra.length) status |= pulp_route(MP_TEXT("GET"), extra);
    if (room.length) status |= pulp_ws_listen(room);
    status |= sse_register((const uint8_t *)"/events", 7);
    status |= pulp_emit(MP_TEXT("/events"), MP_TEXT(""), MP_TEXT("begun"), text_slice(&version));
    if (mp_equal(fail, MP_TEXT("trap"))) __builtin_trap();
    if (mp_equal(fail, MP_TEXT("loop"))) loop_for_ever();
    return mp_equal(fail, MP_TEXT("code")) ? 7 : status;
}

static void defer(uint64_t id, int keeps) {
    http_defer((uint32_t)id, (uint32_t)(id >> 32));
    if (keeps && held_count < 64) held[held_count++] = id;
}

static void answer_held(void) {
    for (uint32_t i = 0; i < held_count; i++) respond_text(held[i], text_slice(&version));
    held_count = 0;
}

static void answer(PulpRequest request) {
    Text text = version;
    if (mp_equal(request.path, MP_TEXT("/never")) && never.length) respond_text(request.id, text_slice(&never));
    else if (mp_equal(request.path, MP_TEXT("/hold"))) defer(request.id, 1);
    else if (mp_equal(request.path, MP_TEXT("/never"))) defer(request.id, 0);
    else if (mp_equal(request.path, MP_TEXT("/log"))) respond_text(request.id, text_slice(&events));
    else if (mp_equal(request.path, MP_TEXT("/emit")))
        respond_number(request.id, pulp_emit(MP_TEXT("/events"), MP_TEXT(""), MP_TEXT("said"), request.body));
    else if (mp_equal(request.path, MP_TEXT("/take"))) {
        text_add(&text, MP_TEXT(" "));
        text_add_number(&text, request.body.length);
        respond_text(request.id, text_slice(&text));
    } else respond_text(request.id, text_slice(&version));
}

// The first parameter of a ws.open event, and the kind of any other.
static MPSlice look(PulpEnvelope envelope, MPSlice *kind) {
    MPReader r = mp_reader(envelope.payload, envelope.payload_length);
    MPSlice found = MP_TEXT("");
    for (uint32_t pairs = mp_map(&r); pairs && !r.failed; pairs--) {
        if (mp_equal(mp_bytes(&r), MP_TEXT("kind"))) {
            *kind = mp_bytes(&r);
            continue;
        }
        if (!has_prefix(*kind, MP_TEXT("ws.open"))) {
            mp_skip(&r);
            continue;
        }
        for (uint32_t fields = mp_map(&r); fields && !r.failed; fields--) {
            if (mp_equal(mp_bytes(&r), MP_TEXT("params"))) found = pulp_first_value(&r);
            else mp_skip(&r);
        }
    }
    return found;
}

static void greet(PulpEnvelope envelope, uint64_t connection) {
    MPSlice kind = {0, 0};
    MPSlice parameter = look(envelope, &kind);
    Text text = {.length = 0};
    text_add(&text, MP_TEXT("open "));
    text_add(&text, text_slice(&version));
    text_add(&text, MP_TEXT(" "));
    text_add(&text, parameter);
    pulp_ws_write(connection, pulp_ws_text, text_slice(&text));
}

static void echo(const PulpWebSocketEvent *event) {
    Text text = version;
    text_add(&text, MP_TEXT(" "));
    text_add(&text, event->payload);
    pulp_ws_write(event->connection, pulp_ws_text, text_slice(&text));
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpRequest request;
    PulpWebSocketEvent event;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0) {
        answer_held();
        return 0;
    }
    if (pulp_read_event(envelope, &request) == pulp_event_request) {
        answer(request);
        return 0;
    }
    switch (pulp_read_ws_event(envelope, &event)) {
    case pulp_ws_open: greet(envelope, event.connection); return 0;
    case pulp_ws_frame: echo(&event); return 0;
    case pulp_ws_close: return 0;
    }
    MPSlice kind = {0, 0};
    look(envelope, &kind);
    text_add(&events, kind);
    text_add(&events, MP_TEXT("\n"));
    return 0;
}
