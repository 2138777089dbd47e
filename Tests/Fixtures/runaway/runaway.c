// The reference's runaway: a tick is nothing, any payload is an endless loop.
#include "fixture.h"

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) { return 0; }

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (pulp_envelope(bytes, length, &envelope) && envelope.payload_length > 0) loop_for_ever();
    return 0;
}
