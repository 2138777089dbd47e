// The reference's heartbeat: keeps what it was given last, and lets the host look at it through probes.
#define FIXTURE_OWN_ALLOC
#include "fixture.h"

static uint64_t last_call, last_wall;
static uint32_t last_payload, greeted;
static int64_t marker;

// As there: nothing for nothing.
void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return size ? pulp_allocate(size) : 0; }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) { pulp_release(block); }

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    if (length == 0) return 0;
    PulpReader check = pulp_reader(config, length);
    uint32_t pairs = pulp_read_map(&check);
    for (; pairs && !check.failed; pairs--) {
        PulpBytes key = pulp_read_bytes(&check);
        // Only a 9-byte int64 counts: that is what the reference's guests depend on.
        if (pulp_same(key, PULP_BYTES("marker")) && pulp_left(&check) >= 9 && *check.at == 0xd3) {
            pulp_read_big(&check, 1);
            marker = pulp_read_big(&check, 8);
            continue;
        }
        if (pulp_same(key, PULP_BYTES("greeting"))) greeted = 1;
        pulp_read_skip(&check);
    }
    return check.failed ? 2 : 0;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (length < 20) return 1;
    pulp_envelope(bytes, length, &envelope);
    last_call = envelope.call_number;
    last_wall = envelope.wall_time;
    last_payload = envelope.payload_length;
    return 0;
}

uint64_t PULP_EXPORT(probe_last_call)(void) { return last_call; }

uint64_t PULP_EXPORT(probe_last_wall)(void) { return last_wall; }

uint32_t PULP_EXPORT(probe_last_payload)(void) { return last_payload; }

int64_t PULP_EXPORT(probe_config_marker)(void) { return marker; }

uint32_t PULP_EXPORT(probe_config_greeted)(void) { return greeted; }
