// Serves GET /ok, spins for ever on GET /spin, for about a millisecond of work on GET /work.
#include "fixture.h"

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    return pulp_route(MP_TEXT("GET"), MP_TEXT("/:what"));
}

__attribute__((noinline)) static uint32_t work(void) {
    uint32_t mixed = 1;
    for (uint32_t i = 0; i < 500000; i++) mixed = (mixed ^ i) * 0x9e3779b1u;
    return mixed;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || pulp_read_event(envelope, &request) != pulp_event_request) return 0;
    if (mp_equal(request.param, MP_TEXT("spin"))) loop_for_ever();
    if (mp_equal(request.param, MP_TEXT("work"))) return respond_number(request.id, work());
    return respond_text(request.id, MP_TEXT("ok"));
}
