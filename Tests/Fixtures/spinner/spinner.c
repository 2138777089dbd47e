// Serves GET /ok, spins for ever on GET /spin, for about a millisecond of work on GET /work.
#include "fixture.h"

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    return fixture_route(PULP_BYTES("GET"), PULP_BYTES("/:what"));
}

__attribute__((noinline)) static uint32_t work(void) {
    uint32_t mixed = 1;
    for (uint32_t i = 0; i < 500000; i++) mixed = (mixed ^ i) * 0x9e3779b1u;
    return mixed;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || fixture_read_event(envelope, &request) != fixture_event_request) return 0;
    if (pulp_same(request.param, PULP_BYTES("spin"))) loop_for_ever();
    if (pulp_same(request.param, PULP_BYTES("work"))) return respond_number(request.id, work());
    return respond_text(request.id, PULP_BYTES("ok"));
}
