// The reference's demo-client: greets by a capability of the application's own while it starts.
#include "fixture.h"

// Raw text, not MessagePack, as the reference's demo has it.
extern int32_t PULP_IMPORT(demo_greet)(const void *name, uint32_t length);

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    PulpReader reader = pulp_reader(config, length);
    PulpBytes name = PULP_BYTES("world");
    if (config_find(&reader, PULP_BYTES("name"))) {
        name = pulp_read_bytes(&reader);
        if (reader.failed) return 2;
    }
    return demo_greet(name.bytes, name.length);
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) { return 0; }
