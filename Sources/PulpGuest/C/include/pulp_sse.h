// Server-sent events in a C guest.
#ifndef PULP_SSE_H
#define PULP_SSE_H

#include "pulp_abi.h"
#include "pulp_memory.h"
#include "pulp_messagepack.h"

// Sends an event to whoever listens to `path`. An empty `id` or `event` is left out. -1 when memory is out, else the
// host's status.
static inline int32_t pulp_emit(MPSlice path, MPSlice id, MPSlice event, MPSlice data) {
    enum { around = 64 }; // keys and markers
    static uint8_t small[1024];
    uint32_t size = around + path.length + id.length + event.length + data.length;
    uint8_t *buffer = size <= sizeof small ? small : pulp_allocate(size, 16);
    if (!buffer) return -1;
    MPWriter w = mp_writer(buffer, size);
    mp_put_map(&w, 2 + (id.length > 0) + (event.length > 0));
    mp_put_text(&w, MP_TEXT("path"));
    mp_put_text(&w, path);
    if (id.length) {
        mp_put_text(&w, MP_TEXT("id"));
        mp_put_text(&w, id);
    }
    if (event.length) {
        mp_put_text(&w, MP_TEXT("event"));
        mp_put_text(&w, event);
    }
    mp_put_text(&w, MP_TEXT("data"));
    mp_put_text(&w, data);
    int32_t answer = w.failed ? -1 : sse_emit(buffer, mp_written(&w));
    if (buffer != small) pulp_release(buffer);
    return answer;
}

#endif
