// Answers in all the ways that are allowed and in some that are not. GET /status/:code, and below /do/:what:
//   once twice none wrong-id zero-status trap trap-after loop big headers
// /do/last tells the statuses of the request before.
#include "fixture.h"

static int32_t first_status = -1, second_status = -1;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = fixture_route(PULP_BYTES("GET"), PULP_BYTES("/status/:code"));
    return status ? status : fixture_route(PULP_BYTES("GET"), PULP_BYTES("/do/:what"));
}

__attribute__((noinline)) static void trap_here(void) { __builtin_trap(); }

// 1 MiB of one letter.
static int32_t respond_big(uint64_t id) {
    enum { size = 1 << 20 };
    uint8_t *body = pulp_allocate(size);
    if (!body) return -1;
    __builtin_memset(body, 'x', size);
    int32_t status = fixture_respond(id, 200, TEXT_PLAIN, (PulpBytes){body, size});
    pulp_release(body);
    return status;
}

// What HTTP forbids in a header: a line of its own after a CR LF.
static int32_t respond_split(uint64_t id) {
    return fixture_respond(id, 200, PULP_BYTES("text/plain\r\nX-Injected: yes"), PULP_BYTES("split"));
}

static void answer_last(uint64_t id) {
    Text text = {.length = 0};
    text_add_number(&text, first_status);
    text_add(&text, PULP_BYTES(" "));
    text_add_number(&text, second_status);
    respond_text(id, text_slice(&text));
}

static void answer(FixtureRequest request) {
    PulpBytes what = request.param;
    if (pulp_same(what, PULP_BYTES("last"))) return answer_last(request.id);
    first_status = second_status = -1;
    if (pulp_same(what, PULP_BYTES("none"))) return;
    if (pulp_same(what, PULP_BYTES("trap"))) trap_here();
    if (pulp_same(what, PULP_BYTES("loop"))) loop_for_ever();
    if (pulp_same(what, PULP_BYTES("big"))) first_status = respond_big(request.id);
    else if (pulp_same(what, PULP_BYTES("headers"))) first_status = respond_split(request.id);
    else if (pulp_same(what, PULP_BYTES("zero-status")))
        first_status = fixture_respond(request.id, 0, TEXT_PLAIN, PULP_BYTES("zero"));
    else if (pulp_same(what, PULP_BYTES("wrong-id"))) first_status = respond_text(request.id + 1000000, PULP_BYTES("stray"));
    else first_status = respond_text(request.id, PULP_BYTES("first"));
    if (pulp_same(what, PULP_BYTES("twice"))) second_status = respond_text(request.id, PULP_BYTES("second"));
    if (pulp_same(what, PULP_BYTES("trap-after"))) trap_here();
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || fixture_read_event(envelope, &request) != fixture_event_request) return 0;
    if (has_prefix(request.path, PULP_BYTES("/status/")))
        fixture_respond(request.id, slice_number(request.param), TEXT_PLAIN, request.param);
    else
        answer(request);
    return 0;
}
