// Calls a slow import of the test's own, `test_slow(milliseconds) -> status`: on GET /slow/:ms once, and while it is
// initialized or shut down when the configuration says so (`init_ms`, `shutdown_ms`). GET /ok does not wait.
#define FIXTURE_OWN_SHUTDOWN
#include "fixture.h"

extern int32_t PULP_IMPORT(test_slow)(uint32_t milliseconds);

static uint32_t shutdown_ms;

static uint32_t setting(const uint8_t *config, uint32_t length, PulpBytes key) {
    PulpReader reader = pulp_reader(config, length);
    return config_find(&reader, key) ? (uint32_t)pulp_read_unsigned(&reader) : 0;
}

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    shutdown_ms = setting(config, length, PULP_BYTES("shutdown_ms"));
    uint32_t init_ms = setting(config, length, PULP_BYTES("init_ms"));
    if (init_ms) test_slow(init_ms);
    int32_t status = fixture_route(PULP_BYTES("GET"), PULP_BYTES("/slow/:ms"));
    return status ? status : fixture_route(PULP_BYTES("GET"), PULP_BYTES("/ok"));
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || fixture_read_event(envelope, &request) != fixture_event_request) return 0;
    if (pulp_same(request.path, PULP_BYTES("/ok"))) return respond_text(request.id, PULP_BYTES("ok"));
    return respond_number(request.id, test_slow(slice_number(request.param)));
}

int32_t PULP_EXPORT(pulp_shutdown)(void) { return shutdown_ms ? test_slow(shutdown_ms) : 0; }
