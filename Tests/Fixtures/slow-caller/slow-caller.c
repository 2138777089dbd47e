// Calls a slow import of the test's own, `test_slow(milliseconds) -> status`: on GET /slow/:ms once, and while it is
// initialized or shut down when the configuration says so (`init_ms`, `shutdown_ms`). GET /ok does not wait.
#define FIXTURE_OWN_SHUTDOWN
#include "fixture.h"

extern int32_t PULP_IMPORT(test_slow)(uint32_t milliseconds);

static uint32_t shutdown_ms;

static uint32_t setting(const uint8_t *config, uint32_t length, MPSlice key) {
    MPReader reader = mp_reader(config, length);
    return config_find(&reader, key) ? (uint32_t)mp_unsigned(&reader) : 0;
}

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    shutdown_ms = setting(config, length, MP_TEXT("shutdown_ms"));
    uint32_t init_ms = setting(config, length, MP_TEXT("init_ms"));
    if (init_ms) test_slow(init_ms);
    int32_t status = pulp_route(MP_TEXT("GET"), MP_TEXT("/slow/:ms"));
    return status ? status : pulp_route(MP_TEXT("GET"), MP_TEXT("/ok"));
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || pulp_read_event(envelope, &request) != pulp_event_request) return 0;
    if (mp_equal(request.path, MP_TEXT("/ok"))) return respond_text(request.id, MP_TEXT("ok"));
    return respond_number(request.id, test_slow(slice_number(request.param)));
}

int32_t PULP_EXPORT(pulp_shutdown)(void) { return shutdown_ms ? test_slow(shutdown_ms) : 0; }
