// Registers GET /r/0 ... /r/N-1, N being `count` of the configuration (10,000), and answers the number.
// pulp_init returns the first status that is not 0.
#include "fixture.h"

static uint32_t registered;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    MPReader reader = mp_reader(config, length);
    uint32_t count = config_find(&reader, MP_TEXT("count")) ? (uint32_t)mp_unsigned(&reader) : 10000;
    for (; registered < count; registered++) {
        Text path = {.length = 0};
        text_add(&path, MP_TEXT("/r/"));
        text_add_number(&path, registered);
        int32_t status = pulp_route(MP_TEXT("GET"), text_slice(&path));
        if (status) return status;
    }
    return 0;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || pulp_read_event(envelope, &request) != pulp_event_request) return 0;
    return respond_text(request.id, (MPSlice){request.path.bytes + 3, request.path.length - 3});
}

uint64_t PULP_EXPORT(probe_last_call)(void) { return registered; }
