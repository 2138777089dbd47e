// What the fixtures in C share: the exports that most of them have alike, and plain text made of words and numbers.
#ifndef FIXTURE_H
#define FIXTURE_H

#include "pulp_http.h"

#ifndef FIXTURE_OWN_ALLOC
void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return pulp_allocate(size, 16); }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) { pulp_release(block); }
#endif

#ifndef FIXTURE_OWN_SHUTDOWN
int32_t PULP_EXPORT(pulp_shutdown)(void) { return 0; }
#endif

// Text that is put together in a fixed buffer; what does not fit is cut.
typedef struct {
    uint8_t bytes[4096];
    uint32_t length;
} Text;

static inline void text_add(Text *text, MPSlice slice) {
    for (uint32_t i = 0; i < slice.length && text->length < sizeof text->bytes; i++)
        text->bytes[text->length++] = slice.bytes[i];
}

static inline void text_add_number(Text *text, int64_t number) {
    uint8_t digits[20];
    uint32_t count = 0;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do digits[count++] = '0' + rest % 10;
    while (rest /= 10);
    if (number < 0) text_add(text, MP_TEXT("-"));
    while (count--) text_add(text, (MPSlice){&digits[count], 1});
}

static inline MPSlice text_slice(const Text *text) { return (MPSlice){text->bytes, text->length}; }

static inline int32_t respond_text(uint64_t id, MPSlice text) { return pulp_respond(id, 200, PULP_TEXT_PLAIN, text); }

static inline int32_t respond_number(uint64_t id, int64_t number) {
    Text text = {.length = 0};
    text_add_number(&text, number);
    return respond_text(id, text_slice(&text));
}

// The decimal number that a slice begins with; 0 when it does not.
static inline uint32_t slice_number(MPSlice slice) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < slice.length && slice.bytes[i] >= '0' && slice.bytes[i] <= '9'; i++)
        number = number * 10 + slice.bytes[i] - '0';
    return number;
}

static inline int has_prefix(MPSlice slice, MPSlice prefix) {
    return slice.length >= prefix.length && mp_equal((MPSlice){slice.bytes, prefix.length}, prefix);
}

// Moves a configuration's reader to the value of `key`; 0 when there is none.
static inline int config_find(MPReader *reader, MPSlice key) {
    for (uint32_t pairs = mp_left(reader) ? mp_map(reader) : 0; pairs && !reader->failed; pairs--) {
        if (mp_equal(mp_bytes(reader), key)) return 1;
        mp_skip(reader);
    }
    return 0;
}

// An endless loop that the compiler may not remove.
static inline void loop_for_ever(void) {
    for (volatile uint32_t turns = 0;;) turns = turns + 1;
}

#endif
