// Answers in all the ways that are allowed and in some that are not. GET /status/:code, and below /do/:what:
//   once twice none wrong-id zero-status trap trap-after loop big headers
// /do/last tells the statuses of the request before.
#include "fixture.h"

static int32_t first_status = -1, second_status = -1;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = pulp_route(MP_TEXT("GET"), MP_TEXT("/status/:code"));
    return status ? status : pulp_route(MP_TEXT("GET"), MP_TEXT("/do/:what"));
}

__attribute__((noinline)) static void trap_here(void) { __builtin_trap(); }

// 1 MiB of one letter.
static int32_t respond_big(uint64_t id) {
    enum { size = 1 << 20 };
    uint8_t *body = pulp_allocate(size, 16);
    if (!body) return -1;
    __builtin_memset(body, 'x', size);
    int32_t status = pulp_respond(id, 200, PULP_TEXT_PLAIN, (MPSlice){body, size});
    pulp_release(body);
    return status;
}

// What HTTP forbids in a header: a line of its own after a CR LF.
static int32_t respond_split(uint64_t id) {
    return pulp_respond(id, 200, MP_TEXT("text/plain\r\nX-Injected: yes"), MP_TEXT("split"));
}

static void answer_last(uint64_t id) {
    Text text = {.length = 0};
    text_add_number(&text, first_status);
    text_add(&text, MP_TEXT(" "));
    text_add_number(&text, second_status);
    respond_text(id, text_slice(&text));
}

static void answer(PulpRequest request) {
    MPSlice what = request.param;
    if (mp_equal(what, MP_TEXT("last"))) return answer_last(request.id);
    first_status = second_status = -1;
    if (mp_equal(what, MP_TEXT("none"))) return;
    if (mp_equal(what, MP_TEXT("trap"))) trap_here();
    if (mp_equal(what, MP_TEXT("loop"))) loop_for_ever();
    if (mp_equal(what, MP_TEXT("big"))) first_status = respond_big(request.id);
    else if (mp_equal(what, MP_TEXT("headers"))) first_status = respond_split(request.id);
    else if (mp_equal(what, MP_TEXT("zero-status")))
        first_status = pulp_respond(request.id, 0, PULP_TEXT_PLAIN, MP_TEXT("zero"));
    else if (mp_equal(what, MP_TEXT("wrong-id"))) first_status = respond_text(request.id + 1000000, MP_TEXT("stray"));
    else first_status = respond_text(request.id, MP_TEXT("first"));
    if (mp_equal(what, MP_TEXT("twice"))) second_status = respond_text(request.id, MP_TEXT("second"));
    if (mp_equal(what, MP_TEXT("trap-after"))) trap_here();
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || pulp_read_event(envelope, &request) != pulp_event_request) return 0;
    if (has_prefix(request.path, MP_TEXT("/status/")))
        pulp_respond(request.id, slice_number(request.param), PULP_TEXT_PLAIN, request.param);
    else
        answer(request);
    return 0;
}
