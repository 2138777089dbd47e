// Registers GET /r/0 ... /r/N-1, N being `count` of the configuration (10,000), and answers the number.
// pulp_init returns the first status that is not 0.
#include "fixture.h"

static uint32_t registered;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    PulpReader reader = pulp_reader(config, length);
    uint32_t count = config_find(&reader, PULP_BYTES("count")) ? (uint32_t)pulp_read_unsigned(&reader) : 10000;
    for (; registered < count; registered++) {
        Text path = {.length = 0};
        text_add(&path, PULP_BYTES("/r/"));
        text_add_number(&path, registered);
        int32_t status = fixture_route(PULP_BYTES("GET"), text_slice(&path));
        if (status) return status;
    }
    return 0;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || fixture_read_event(envelope, &request) != fixture_event_request) return 0;
    return respond_text(request.id, (PulpBytes){request.path.bytes + 3, request.path.length - 3});
}

uint64_t PULP_EXPORT(probe_last_call)(void) { return registered; }
