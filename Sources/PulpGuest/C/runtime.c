// What Embedded Swift expects of a C library, on top of ours: no libc, no WASI, so that a Swift guest needs nothing
// but the toolchain and its manifest grants everything that it can do.
#include "pulp_abi.h"
#include "pulp_memory.h"
#include "pulp_messagepack.h"

void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return pulp_allocate(size, 16); }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) {
    (void)size;
    pulp_release(block);
}

// The Swift side of the exports; set by the plugin's main.
typedef int32_t (*Entry)(const void *bytes, uint32_t length);
static Entry initialize, step;
static int32_t (*shutdown)(void);

void pulp_install(Entry to_initialize, Entry to_step, int32_t (*to_shutdown)(void)) {
    initialize = to_initialize;
    step = to_step;
    shutdown = to_shutdown;
}

// Why the plugin did not start: what the host adds to its report.
static uint8_t refusal[512];
static uint32_t refusal_length;

void pulp_refuse(const void *sentence, uint32_t length) {
    const uint8_t *bytes = sentence;
    if (length > sizeof refusal) {
        length = sizeof refusal;
        // Not in the middle of a character.
        while (length && (bytes[length] & 0xc0) == 0x80) length--;
    }
    __builtin_memcpy(refusal, bytes, length);
    refusal_length = length;
}

const void *PULP_EXPORT(pulp_init_error_ptr)(void) { return refusal_length ? refusal : 0; }

uint32_t PULP_EXPORT(pulp_init_error_len)(void) { return refusal_length; }

// What `@main` compiles to.
extern int pulp_main(int argument_count, char **arguments);

int32_t PULP_EXPORT(pulp_init)(const void *config, uint32_t length) {
    pulp_main(0, 0);
    return initialize(config, length);
}

int32_t PULP_EXPORT(pulp_step)(const void *envelope, uint32_t length) { return step(envelope, length); }

int32_t PULP_EXPORT(pulp_shutdown)(void) { return shutdown(); }

// Swift takes it for granted that memory is there, and would write to address 0: without it the instance ends here, and
// the log says why. What the host asks for is refused instead.
__attribute__((noinline, cold)) static void end_without_memory(size_t size) {
    static uint8_t record[64];
    MPWriter w = mp_writer(record, sizeof record);
    mp_put_map(&w, 3);
    mp_put_text(&w, MP_TEXT("level"));
    mp_put_unsigned(&w, 6); // critical
    mp_put_text(&w, MP_TEXT("message"));
    mp_put_text(&w, MP_TEXT("out of memory"));
    mp_put_text(&w, MP_TEXT("fields"));
    mp_put_map(&w, 1);
    mp_put_text(&w, MP_TEXT("bytes"));
    mp_put_unsigned(&w, size);
    log_write(record, mp_written(&w));
    __builtin_trap();
}

void *malloc(size_t size) {
    void *block = pulp_allocate(size, 16);
    if (!block) end_without_memory(size);
    return block;
}

void free(void *block) { pulp_release(block); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    *block = pulp_allocate(size, alignment);
    if (!*block) end_without_memory(size);
    return 0;
}

// The compiler turns these into single instructions, which is what keeps them from calling themselves.
void *memcpy(void *to, const void *from, size_t count) { return __builtin_memcpy(to, from, count); }

void *memmove(void *to, const void *from, size_t count) { return __builtin_memmove(to, from, count); }

void *memset(void *bytes, int value, size_t count) { return __builtin_memset(bytes, value, count); }

int memcmp(const void *a, const void *b, size_t count) {
    const uint8_t *left = a, *right = b;
    for (; count; count--, left++, right++)
        if (*left != *right) return *left - *right;
    return 0;
}

// Seeds Swift's hash tables. A guest without randomness still runs: its tables are its own, and small.
void arc4random_buf(void *bytes, size_t count) {
    uint8_t request[8], *response = 0;
    uint32_t length = 0;
    MPWriter w = mp_writer(request, sizeof request);
    mp_put_map(&w, 1);
    mp_put_text(&w, MP_TEXT("n"));
    mp_put(&w, 0xce, count, 4);
    __builtin_memset(bytes, 0, count);
    if (entropy_read(request, mp_written(&w), (void **)&response, &length) != 0) return;
    MPReader r = mp_reader(response, length);
    if (mp_map(&r) == 1) {
        mp_bytes(&r);
        MPSlice random = mp_bytes(&r);
        if (!r.failed && random.length == count) __builtin_memcpy(bytes, random.bytes, count);
    }
    pulp_release(response);
}

// `print` ends here: one line at a time to the host's log, cut where a line is too long for it.
int putchar(int character) {
    static uint8_t line[512], record[560];
    static uint32_t count;
    if (character != '\n') line[count++] = character;
    if (character != '\n' && count < sizeof line) return character;
    MPWriter w = mp_writer(record, sizeof record);
    mp_put_map(&w, 2);
    mp_put_text(&w, MP_TEXT("level"));
    mp_put_unsigned(&w, 2); // info
    mp_put_text(&w, MP_TEXT("message"));
    mp_put_text(&w, (MPSlice){line, count});
    log_write(record, mp_written(&w));
    count = 0;
    return character;
}

// 128-bit products, which hashing and full-width multiplication use.
typedef struct {
    uint64_t low, high;
} Wide;

void __multi3(Wide *product, uint64_t a_low, uint64_t a_high, uint64_t b_low, uint64_t b_high) {
    uint64_t a0 = (uint32_t)a_low, a1 = a_low >> 32, b0 = (uint32_t)b_low, b1 = b_low >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    uint64_t carry = a0 * b1 + (uint32_t)middle;
    product->low = a_low * b_low;
    product->high = a1 * b1 + (middle >> 32) + (carry >> 32) + a_high * b_low + a_low * b_high;
}
