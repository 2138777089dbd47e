// The host's side of the border, as a C guest sees it: imports, export markers, the step envelope.
// Freestanding: no libc. Included once per guest.
#ifndef PULP_ABI_H
#define PULP_ABI_H

#include <stddef.h>
#include <stdint.h>

#define PULP_EXPORT(name) __attribute__((export_name(#name), used)) name
#define PULP_IMPORT(name) __attribute__((import_module("pulp"), import_name(#name))) name
#define WASI_IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) wasi_##name

// Each answers a status: 0 is success, 99 means that the manifest does not grant the capability.
extern int32_t PULP_IMPORT(log_write)(const void *record, uint32_t length);
extern int32_t PULP_IMPORT(entropy_read)(const void *request, uint32_t length, void **response, uint32_t *response_length);
extern int32_t PULP_IMPORT(http_register)(const void *route, uint32_t length);
extern int32_t PULP_IMPORT(http_respond)(const void *response, uint32_t length);
extern int32_t PULP_IMPORT(http_defer)(uint32_t id_low, uint32_t id_high);
extern int32_t PULP_IMPORT(sse_register)(const void *pattern, uint32_t length);
extern int32_t PULP_IMPORT(sse_emit)(const void *event, uint32_t length);
extern int32_t PULP_IMPORT(sse_has_subscribers)(const void *path, uint32_t length, uint32_t *count);
extern int32_t PULP_IMPORT(ws_register)(const void *path, uint32_t length);
extern int32_t PULP_IMPORT(ws_send)(const void *message, uint32_t length);
extern int32_t PULP_IMPORT(ws_send_many)(const void *request, uint32_t length, void **response, uint32_t *response_length);
extern int32_t PULP_IMPORT(ws_close)(const void *request, uint32_t length);
extern int32_t PULP_IMPORT(http_respond_stream)(const void *response, uint32_t length);
extern int32_t PULP_IMPORT(http_fetch)(const void *request, uint32_t length, void **response, uint32_t *response_length);
extern int32_t PULP_IMPORT(http_fetch_begin)(const void *request, uint32_t length, void **response, uint32_t *response_length);
extern int32_t PULP_IMPORT(http_fetch_read)(uint32_t id_low, uint32_t id_high, uint32_t max, void **chunk, uint32_t *chunk_length);
extern int32_t PULP_IMPORT(http_fetch_close)(uint32_t id_low, uint32_t id_high);
extern int32_t PULP_IMPORT(http_fetch_error)(void **error, uint32_t *error_length);

// What pulp_step is given, little-endian and packed; no payload means a tick.
typedef struct {
    uint64_t call_number;
    uint64_t wall_time; // nanoseconds since 1970 UTC
    const uint8_t *payload;
    uint32_t payload_length;
} PulpEnvelope;

// False when the bytes end too early.
static inline int pulp_envelope(const uint8_t *bytes, uint32_t length, PulpEnvelope *envelope) {
    enum { header = 20 };
    if (length < header) return 0;
    __builtin_memcpy(&envelope->call_number, bytes, 8);
    __builtin_memcpy(&envelope->wall_time, bytes + 8, 8);
    __builtin_memcpy(&envelope->payload_length, bytes + 16, 4);
    envelope->payload = bytes + header;
    return envelope->payload_length <= length - header;
}

#endif
