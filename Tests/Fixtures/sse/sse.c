// Every import of transport.sse, as the reference's guests call them. Streams: /events, /rooms/:room, /all/*rest.
//   POST /do/emit     the body is a record for sse_emit, as it is      -> its status
//   POST /do/register the body is a pattern                            -> its status
//   POST /do/count    the body is a path                               -> "STATUS COUNT"
//   POST /do/burst    emits as many events to /events as the body says -> the first status that is not 0, else 0
//   POST /do/trap     traps
//   GET  /do/log      the sse.subscribe and sse.unsubscribe events so far, a line for each
#include "fixture.h"

static Text event_log;

static int32_t register_path(PulpBytes path) { return sse_register(path.bytes, path.length); }

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = fixture_route(PULP_BYTES("POST"), PULP_BYTES("/do/:what"));
    status |= fixture_route(PULP_BYTES("GET"), PULP_BYTES("/do/:what"));
    status |= register_path(PULP_BYTES("/events"));
    status |= register_path(PULP_BYTES("/rooms/:room"));
    return status | register_path(PULP_BYTES("/all/*rest"));
}

static void respond_count(uint64_t id, PulpBytes path) {
    uint32_t count = 0xffffffff;
    Text text = {.length = 0};
    text_add_number(&text, sse_has_subscribers(path.bytes, path.length, &count));
    text_add(&text, PULP_BYTES(" "));
    text_add_number(&text, count);
    respond_text(id, text_slice(&text));
}

static int32_t burst(uint32_t count) {
    for (uint32_t i = 1; i <= count; i++) {
        PulpMark mark = pulp_mark();
        const char *number = pulp_format("%u", (unsigned)i);
        int32_t status = pulp_emit_event("/events", number, "tick", number);
        pulp_rewind(mark);
        if (status) return status;
    }
    return 0;
}

static void answer(FixtureRequest request) {
    PulpBytes what = request.param;
    if (pulp_same(what, PULP_BYTES("log"))) respond_text(request.id, text_slice(&event_log));
    else if (pulp_same(what, PULP_BYTES("count"))) respond_count(request.id, request.body);
    else if (pulp_same(what, PULP_BYTES("register"))) respond_number(request.id, register_path(request.body));
    else if (pulp_same(what, PULP_BYTES("burst"))) respond_number(request.id, burst(slice_number(request.body)));
    else if (pulp_same(what, PULP_BYTES("trap"))) __builtin_trap();
    else respond_number(request.id, sse_emit(request.body.bytes, request.body.length));
}

// "subscribe PATH LAST_EVENT_ID" or "unsubscribe PATH REASON".
static void note(PulpBytes kind, PulpReader *r) {
    PulpBytes path = {0, 0}, last = {0, 0};
    for (uint32_t pairs = pulp_read_map(r); pairs && !r->failed; pairs--) {
        PulpBytes key = pulp_read_bytes(r);
        if (pulp_same(key, PULP_BYTES("path"))) path = pulp_read_bytes(r);
        else if (pulp_same(key, PULP_BYTES("last_event_id")) || pulp_same(key, PULP_BYTES("reason"))) last = pulp_read_bytes(r);
        else pulp_read_skip(r);
    }
    text_add(&event_log, (PulpBytes){kind.bytes + 4, kind.length - 4});
    text_add(&event_log, PULP_BYTES(" "));
    text_add(&event_log, path);
    text_add(&event_log, PULP_BYTES(" "));
    text_add(&event_log, last);
    text_add(&event_log, PULP_BYTES("\n"));
}

static void note_event(PulpEnvelope envelope) {
    PulpReader r = pulp_reader(envelope.payload, envelope.payload_length);
    PulpBytes kind = {0, 0};
    for (uint32_t pairs = pulp_read_map(&r); pairs && !r.failed; pairs--) {
        PulpBytes key = pulp_read_bytes(&r);
        if (pulp_same(key, PULP_BYTES("kind"))) kind = pulp_read_bytes(&r);
        else if (has_prefix(kind, PULP_BYTES("sse."))) note(kind, &r);
        else pulp_read_skip(&r);
    }
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0) return 0;
    if (fixture_read_event(envelope, &request) == fixture_event_request) answer(request);
    else note_event(envelope);
    return 0;
}
