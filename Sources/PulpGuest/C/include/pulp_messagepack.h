// Enough MessagePack for a C guest: a reader that cannot leave its bytes, and a writer that cannot leave its buffer.
// Both carry a `failed` flag instead of a result for each call: look at it once, at the end.
#ifndef PULP_MESSAGEPACK_H
#define PULP_MESSAGEPACK_H

#include <stdint.h>

typedef struct {
    const uint8_t *bytes;
    uint32_t length;
} MPSlice;

typedef struct {
    const uint8_t *at, *end;
    int failed;
} MPReader;

typedef struct {
    uint8_t *start, *at, *end;
    int failed;
} MPWriter;

#define MP_TEXT(literal) ((MPSlice){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline int mp_equal(MPSlice a, MPSlice b) {
    if (a.length != b.length) return 0;
    for (uint32_t i = 0; i < a.length; i++)
        if (a.bytes[i] != b.bytes[i]) return 0;
    return 1;
}

static inline MPReader mp_reader(const void *bytes, uint32_t length) {
    return (MPReader){bytes, (const uint8_t *)bytes + length, 0};
}

static inline uint32_t mp_left(const MPReader *r) { return r->end - r->at; }

// The next `count` bytes as a big-endian number; 0 and failed when they are not there.
static inline uint64_t mp_big(MPReader *r, uint32_t count) {
    if (mp_left(r) < count) return r->failed = 1, 0;
    uint64_t value = 0;
    while (count--) value = value << 8 | *r->at++;
    return value;
}

static inline MPSlice mp_slice(MPReader *r, uint64_t count) {
    if (mp_left(r) < count) return r->failed = 1, (MPSlice){0, 0};
    MPSlice slice = {r->at, (uint32_t)count};
    r->at += count;
    return slice;
}

// The number of pairs of a map; nil is an empty one.
static inline uint32_t mp_map(MPReader *r) {
    uint8_t tag = mp_big(r, 1);
    if ((tag & 0xf0) == 0x80) return tag & 0x0f;
    if (tag == 0xde) return mp_big(r, 2);
    if (tag == 0xdf) return mp_big(r, 4);
    if (tag != 0xc0) r->failed = 1;
    return 0;
}

// A str or bin; nil is an empty one.
static inline MPSlice mp_bytes(MPReader *r) {
    uint8_t tag = mp_big(r, 1);
    if ((tag & 0xe0) == 0xa0) return mp_slice(r, tag & 0x1f);
    switch (tag) {
    case 0xc0: return (MPSlice){r->at, 0};
    case 0xc4: case 0xd9: return mp_slice(r, mp_big(r, 1));
    case 0xc5: case 0xda: return mp_slice(r, mp_big(r, 2));
    case 0xc6: case 0xdb: return mp_slice(r, mp_big(r, 4));
    }
    r->failed = 1;
    return (MPSlice){0, 0};
}

// An unsigned integer of any width.
static inline uint64_t mp_unsigned(MPReader *r) {
    uint8_t tag = mp_big(r, 1);
    if (tag < 0x80) return tag;
    switch (tag) {
    case 0xcc: case 0xd0: return mp_big(r, 1);
    case 0xcd: case 0xd1: return mp_big(r, 2);
    case 0xce: case 0xd2: return mp_big(r, 4);
    case 0xcf: case 0xd3: return mp_big(r, 8);
    }
    r->failed = 1;
    return 0;
}

// Steps over one value, however deep, without recursion.
static inline void mp_skip(MPReader *r) {
    for (uint64_t values = 1; values && !r->failed; values--) {
        uint8_t tag = mp_big(r, 1);
        if (tag < 0x80 || tag >= 0xe0 || (tag >= 0xc0 && tag <= 0xc3)) continue;
        if (tag < 0x90) values += 2 * (tag & 0x0f);
        else if (tag < 0xa0) values += tag & 0x0f;
        else if (tag < 0xc0) mp_slice(r, tag & 0x1f);
        else if (tag <= 0xc6) mp_slice(r, mp_big(r, 1u << (tag - 0xc4)));
        else if (tag <= 0xc9) mp_slice(r, 1 + mp_big(r, 1u << (tag - 0xc7)));
        else if (tag <= 0xcb) mp_slice(r, 4u << (tag - 0xca));
        else if (tag <= 0xcf) mp_slice(r, 1u << (tag - 0xcc));
        else if (tag <= 0xd3) mp_slice(r, 1u << (tag - 0xd0));
        else if (tag <= 0xd8) mp_slice(r, 1 + (1u << (tag - 0xd4)));
        else if (tag <= 0xdb) mp_slice(r, mp_big(r, 1u << (tag - 0xd9)));
        else if (tag <= 0xdd) values += mp_big(r, 2u << (tag - 0xdc));
        else values += 2 * mp_big(r, 2u << (tag - 0xde));
    }
}

static inline MPWriter mp_writer(void *buffer, uint32_t capacity) {
    return (MPWriter){buffer, buffer, (uint8_t *)buffer + capacity, 0};
}

static inline uint32_t mp_written(const MPWriter *w) { return w->at - w->start; }

static inline void mp_put(MPWriter *w, uint8_t tag, uint64_t value, uint32_t count) {
    if ((uint32_t)(w->end - w->at) < count + 1) {
        w->failed = 1;
        return;
    }
    *w->at++ = tag;
    while (count--) *w->at++ = value >> (8 * count);
}

static inline void mp_put_slice(MPWriter *w, MPSlice slice) {
    if ((uint32_t)(w->end - w->at) < slice.length) {
        w->failed = 1;
        return;
    }
    __builtin_memcpy(w->at, slice.bytes, slice.length);
    w->at += slice.length;
}

static inline void mp_put_map(MPWriter *w, uint8_t pairs) { mp_put(w, 0x80 | pairs, 0, 0); } // at most 15

static inline void mp_put_array(MPWriter *w, uint32_t count) {
    if (count < 16) mp_put(w, 0x90 | count, 0, 0);
    else mp_put(w, 0xdd, count, 4);
}

static inline void mp_put_unsigned(MPWriter *w, uint64_t value) {
    if (value < 0x80) mp_put(w, value, 0, 0);
    else mp_put(w, 0xcf, value, 8);
}

static inline void mp_put_text(MPWriter *w, MPSlice text) {
    if (text.length < 32) mp_put(w, 0xa0 | text.length, 0, 0);
    else if (text.length < 0x100) mp_put(w, 0xd9, text.length, 1);
    else if (text.length < 0x10000) mp_put(w, 0xda, text.length, 2);
    else mp_put(w, 0xdb, text.length, 4);
    mp_put_slice(w, text);
}

static inline void mp_put_binary(MPWriter *w, MPSlice bytes) {
    if (bytes.length < 0x100) mp_put(w, 0xc4, bytes.length, 1);
    else if (bytes.length < 0x10000) mp_put(w, 0xc5, bytes.length, 2);
    else mp_put(w, 0xc6, bytes.length, 4);
    mp_put_slice(w, bytes);
}

#endif
