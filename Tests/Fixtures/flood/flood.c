// Says more than anyone wants to read. Payload: u8 kind, u8 x 3 unused, u32 count (little-endian).
//   kind  0 count lines by log_write  1 count lines on stdout  2 count KiB on stdout without an end of line
//         3 one log line of count KiB  4 count lines on stderr
// The step returns the first status that is not 0.
#include "fixture.h"

typedef struct {
    const void *bytes;
    uint32_t length;
} Vector;

extern int32_t WASI_IMPORT(fd_write)(int32_t descriptor, const Vector *vectors, uint32_t count, uint32_t *written);

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) { return 0; }

static int32_t log_line(MPSlice message) {
    uint32_t size = message.length + 64;
    uint8_t *record = pulp_allocate(size, 16);
    if (!record) return -1;
    MPWriter w = mp_writer(record, size);
    mp_put_map(&w, 2);
    mp_put_text(&w, MP_TEXT("level"));
    mp_put_unsigned(&w, 2);
    mp_put_text(&w, MP_TEXT("message"));
    mp_put_text(&w, message);
    int32_t status = log_write(record, mp_written(&w));
    pulp_release(record);
    return status;
}

static int32_t print(int32_t descriptor, MPSlice text) {
    Vector vector = {text.bytes, text.length};
    uint32_t written = 0;
    int32_t status = wasi_fd_write(descriptor, &vector, 1, &written);
    return status ? status : written == text.length ? 0 : -2;
}

static int32_t log_long(uint32_t kibibytes) {
    uint32_t size = kibibytes * 1024;
    uint8_t *text = pulp_allocate(size, 16);
    if (!text) return -1;
    __builtin_memset(text, 'x', size);
    int32_t status = log_line((MPSlice){text, size});
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
        case 0: status = log_line(MP_TEXT("a line of the flood")); break;
        case 1: status = print(1, MP_TEXT("a line of the flood\n")); break;
        case 2: status = print(1, (MPSlice){kibibyte, sizeof kibibyte}); break;
        default: status = print(2, MP_TEXT("a line of the flood\n"));
        }
    }
    return status;
}
