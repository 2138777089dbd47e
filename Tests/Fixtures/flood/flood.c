// Says more than anyone wants to read. Payload: u8 kind, u8 x 3 unused, u32 count (little-endian).
//   kind  0 count lines by log_write  1 count lines on stdout  2 count KiB on stdout without an end of line
//         3 one log line of count KiB  4 count lines on stderr
// The step returns the first status that is not 0.
#include "fixture.h"

typedef struct {
    const void *bytes;
    uint32_t length;
} Vector;

extern int32_t PULP_WASI_IMPORT(fd_write)(int32_t descriptor, const Vector *vectors, uint32_t count, uint32_t *written);

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) { return 0; }

static int32_t log_line(PulpBytes message) {
    uint32_t size = message.length + 64;
    uint8_t *record = pulp_allocate(size);
    if (!record) return -1;
    PulpWriter w = pulp_writer(record, size);
    pulp_write_map(&w, 2);
    pulp_write_text(&w, PULP_BYTES("level"));
    pulp_write_unsigned(&w, 2);
    pulp_write_text(&w, PULP_BYTES("message"));
    pulp_write_text(&w, message);
    int32_t status = log_write(record, pulp_written(&w));
    pulp_release(record);
    return status;
}

static int32_t print(int32_t descriptor, PulpBytes text) {
    Vector vector = {text.bytes, text.length};
    uint32_t written = 0;
    int32_t status = wasi_fd_write(descriptor, &vector, 1, &written);
    return status ? status : written == text.length ? 0 : -2;
}

static int32_t log_long(uint32_t kibibytes) {
    uint32_t size = kibibytes * 1024;
    uint8_t *text = pulp_allocate(size);
    if (!text) return -1;
    __builtin_memset(text, 'x', size);
    int32_t status = log_line((PulpBytes){text, size});
    pulp_release(text);
    return status;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    static uint8_t kibibyte[1024];
    PulpEnvelope envelope;
    if (!pulp_envelope(bytes, length, &envelope) || envelope.payload_length < 8) return 0;
    uint32_t count;
    __builtin_memcpy(&count, envelope.payload + 4, 4);
    __builtin_memset(kibibyte, 'x', sizeof kibibyte);
    if (*envelope.payload == 3) return log_long(count);
    int32_t status = 0;
    while (count-- && status == 0) {
        switch (*envelope.payload) {
        case 0: status = log_line(PULP_BYTES("a line of the flood")); break;
        case 1: status = print(1, PULP_BYTES("a line of the flood\n")); break;
        case 2: status = print(1, (PulpBytes){kibibyte, sizeof kibibyte}); break;
        default: status = print(2, PULP_BYTES("a line of the flood\n"));
        }
    }
    return status;
}
