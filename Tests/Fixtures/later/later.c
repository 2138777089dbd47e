// Answers after the step that brought the request. GET /tick is answered at the next tick, GET /hold when GET /release
// comes, GET /never never; GET /early answers first and defers then; GET /other defers another's request.
// The body is the status of http_defer. GET /late tells the status of the last answer that was given later.
#include "fixture.h"

enum { room = 64 };
typedef struct {
    uint64_t ids[room];
    uint32_t count;
} Waiting;

static Waiting for_tick, for_release;
static int32_t last_answer = -1;

static int32_t defer(uint64_t id) { return http_defer((uint32_t)id, (uint32_t)(id >> 32)); }

static void keep(Waiting *waiting, uint64_t id) {
    int32_t status = defer(id);
    if (status != 0 || waiting->count == room) respond_number(id, status);
    else waiting->ids[waiting->count++] = id;
}

static void answer_all(Waiting *waiting) {
    for (uint32_t i = 0; i < waiting->count; i++) last_answer = respond_number(waiting->ids[i], 0);
    waiting->count = 0;
}

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    return fixture_route(PULP_BYTES("GET"), PULP_BYTES("/:what"));
}

static void answer(FixtureRequest request) {
    PulpBytes what = request.param;
    if (pulp_same(what, PULP_BYTES("tick"))) keep(&for_tick, request.id);
    else if (pulp_same(what, PULP_BYTES("hold"))) keep(&for_release, request.id);
    else if (pulp_same(what, PULP_BYTES("never"))) defer(request.id);
    else if (pulp_same(what, PULP_BYTES("other"))) respond_number(request.id, defer(request.id + 1000000));
    else if (pulp_same(what, PULP_BYTES("late"))) respond_number(request.id, last_answer);
    else if (pulp_same(what, PULP_BYTES("early"))) {
        respond_number(request.id, 0);
        last_answer = defer(request.id);
    } else {
        answer_all(&for_release);
        respond_text(request.id, PULP_BYTES("released"));
    }
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0) answer_all(&for_tick);
    else if (fixture_read_event(envelope, &request) == fixture_event_request) answer(request);
    return 0;
}
