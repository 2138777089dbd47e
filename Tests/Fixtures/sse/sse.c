// Every import of transport.sse, as the reference's guests call them. Streams: /events, /rooms/:room, /all/*rest.
//   POST /do/emit     the body is a record for sse_emit, as it is      -> its status
//   POST /do/register the body is a pattern                            -> its status
//   POST /do/count    the body is a path                               -> "STATUS COUNT"
//   POST /do/burst    emits as many events to /events as the body says -> the first status that is not 0, else 0
//   POST /do/trap     traps
//   GET  /do/log      the sse.subscribe and sse.unsubscribe events so far, a line for each
#include "fixture.h"
#include "pulp_sse.h"

static Text event_log;

static int32_t register_path(MPSlice path) { return sse_register(path.bytes, path.length); }

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = pulp_route(MP_TEXT("POST"), MP_TEXT("/do/:what"));
    status |= pulp_route(MP_TEXT("GET"), MP_TEXT("/do/:what"));
    status |= register_path(MP_TEXT("/events"));
    status |= register_path(MP_TEXT("/rooms/:room"));
    return status | register_path(MP_TEXT("/all/*rest"));
}

static void respond_count(uint64_t id, MPSlice path) {
    uint32_t count = 0xffffffff;
    Text text = {.length = 0};
    text_add_number(&text, sse_has_subscribers(path.bytes, path.length, &count));
    text_add(&text, MP_TEXT(" "));
    text_add_number(&text, count);
    respond_text(id, text_slice(&text));
}

static int32_t burst(uint32_t count) {
    for (uint32_t i = 1; i <= count; i++) {
        Text number = {.length = 0};
        text_add_number(&number, i);
        int32_t status = pulp_emit(MP_TEXT("/events"), text_slice(&number), MP_TEXT("tick"), text_slice(&number));
        if (status) return status;
    }
    return 0;
}

static void answer(PulpRequest request) {
    MPSlice what = request.param;
    if (mp_equal(what, MP_TEXT("log"))) respond_text(request.id, text_slice(&event_log));
    else if (mp_equal(what, MP_TEXT("count"))) respond_count(request.id, request.body);
    else if (mp_equal(what, MP_TEXT("register"))) respond_number(request.id, register_path(request.body));
    else if (mp_equal(what, MP_TEXT("burst"))) respond_number(request.id, burst(slice_number(request.body)));
    else if (mp_equal(what, MP_TEXT("trap"))) __builtin_trap();
    else respond_number(request.id, sse_emit(request.body.bytes, request.body.length));
}

// "subscribe PATH LAST_EVENT_ID" or "unsubscribe PATH REASON".
static void note(MPSlice kind, MPReader *r) {
    MPSlice path = {0, 0}, last = {0, 0};
    for (uint32_t pairs = mp_map(r); pairs && !r->failed; pairs--) {
        MPSlice key = mp_bytes(r);
        if (mp_equal(key, MP_TEXT("path"))) path = mp_bytes(r);
        else if (mp_equal(key, MP_TEXT("last_event_id")) || mp_equal(key, MP_TEXT("reason"))) last = mp_bytes(r);
        else mp_skip(r);
    }
    text_add(&event_log, (MPSlice){kind.bytes + 4, kind.length - 4});
    text_add(&event_log, MP_TEXT(" "));
    text_add(&event_log, path);
    text_add(&event_log, MP_TEXT(" "));
    text_add(&event_log, last);
    text_add(&event_log, MP_TEXT("\n"));
}

static void note_event(PulpEnvelope envelope) {
    MPReader r = mp_reader(envelope.payload, envelope.payload_length);
    MPSlice kind = {0, 0};
    for (uint32_t pairs = mp_map(&r); pairs && !r.failed; pairs--) {
        MPSlice key = mp_bytes(&r);
        if (mp_equal(key, MP_TEXT("kind"))) kind = mp_bytes(&r);
        else if (has_prefix(kind, MP_TEXT("sse."))) note(kind, &r);
        else mp_skip(&r);
    }
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0) return 0;
    if (pulp_read_event(envelope, &request) == pulp_event_request) answer(request);
    else note_event(envelope);
    return 0;
}
