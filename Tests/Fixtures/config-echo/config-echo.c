// Gives the bytes of its configuration back, and counts how often it was initialized.
#include "fixture.h"

static uint8_t config[65536];
static uint32_t config_length, initialized;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *bytes, uint32_t length) {
    initialized++;
    if (length > sizeof config) return 3;
    if (length == 0 && bytes) return 4; // an empty configuration is (0, 0)
    __builtin_memcpy(config, bytes, length);
    config_length = length;
    return fixture_route(PULP_BYTES("GET"), PULP_BYTES("/config"));
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || fixture_read_event(envelope, &request) != fixture_event_request) return 0;
    return fixture_respond(
        request.id, 200, PULP_BYTES("application/vnd.msgpack"), (PulpBytes){config, config_length});
}

const void *PULP_EXPORT(probe_config_ptr)(void) { return config; }

uint32_t PULP_EXPORT(probe_config_len)(void) { return config_length; }

uint32_t PULP_EXPORT(probe_initialized)(void) { return initialized; }
