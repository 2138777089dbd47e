// Shows whether memory of one instance is seen in another. A step's payload is one byte: 1 fills all memory that the
// guest does not use itself with a pattern, 2 returns how many words of it are found there.
#define FIXTURE_OWN_ALLOC
#include "fixture.h"

extern uint8_t __heap_base;
enum { page = 65536 };
static const uint64_t pattern = 0xa5c3c0ffee5afec7;
static uint8_t event[1024];

// No heap: what lies behind the static data is all there to be searched.
void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return size <= sizeof event ? event : 0; }

static uint64_t *first(void) { return (uint64_t *)(((uint32_t)&__heap_base + 7) & ~7u); }

static uint64_t *end(void) { return (uint64_t *)(__builtin_wasm_memory_size(0) * page); }

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    return __builtin_wasm_memory_grow(0, 15) == (size_t)-1 ? 1 : 0; // a MiB or so to fill
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (!pulp_envelope(bytes, length, &envelope) || envelope.payload_length != 1) return 0;
    int32_t found = 0;
    for (uint64_t *word = first(); word < end(); word++) {
        if (*envelope.payload == 1) *word = pattern;
        else if (*word == pattern) found++;
    }
    return found;
}
