// Calls any import with any words: the test puts them into the payload, and the step returns the import's status.
//
// Payload, little-endian: u8 function, u8 flags, u16 unused, u32 a, b, c, d, then data.
//   function  0 log_write(a, b)  1 entropy_read(a, b, c, d)  2 http_register(a, b)  3 http_respond(a, b)
//             4 http_defer(a, b)  5 answers a, calls nothing
//   flags     1 a and b are the address and length of the data; 2 c and d are the addresses of an out-pair of ours
//             4 c and d point into the data itself (overlap)
#include "fixture.h"

typedef struct {
    uint8_t function, flags;
    uint16_t unused;
    uint32_t a, b, c, d;
} Call;

static struct {
    uint32_t pointer, length;
} out = {0xdeadbeef, 0xdeadbeef};
static int32_t last_status = -1;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) { return 0; }

static int32_t perform(Call call) {
    switch (call.function) {
    case 0: return log_write((void *)call.a, call.b);
    case 1: return entropy_read((void *)call.a, call.b, (void **)call.c, (uint32_t *)call.d);
    case 2: return http_register((void *)call.a, call.b);
    case 3: return http_respond((void *)call.a, call.b);
    case 4: return http_defer(call.a, call.b);
    default: return call.a;
    }
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (!pulp_envelope(bytes, length, &envelope)) return -1;
    if (envelope.payload_length < sizeof(Call)) return 0;
    Call call;
    __builtin_memcpy(&call, envelope.payload, sizeof call);
    const uint8_t *data = envelope.payload + sizeof call;
    if (call.flags & 1) {
        call.a = (uint32_t)data;
        call.b = envelope.payload_length - sizeof call;
    }
    if (call.flags & 2) {
        call.c = (uint32_t)&out.pointer;
        call.d = (uint32_t)&out.length;
    }
    if (call.flags & 4) {
        call.c = (uint32_t)data;
        call.d = (uint32_t)data + 2;
    }
    last_status = perform(call);
    return last_status;
}

uint32_t PULP_EXPORT(probe_out_ptr)(void) { return out.pointer; }

uint32_t PULP_EXPORT(probe_out_len)(void) { return out.length; }

uint64_t PULP_EXPORT(probe_last_call)(void) { return (uint32_t)last_status; }
