// The runtime behind pulp.h, in one file: compile it with the plugin. What a plugin does not call, the linker leaves out.
#define PULP_NO_RUNTIME
#include "pulp.h"

// ---- Memory --------------------------------------------------------------------------------------------------------

#ifdef __wasi__

void *malloc(size_t size);
void *realloc(void *block, size_t size);
void free(void *block);

void *pulp_allocate(size_t size) { return malloc(size); }

void *pulp_reallocate(void *block, size_t size) { return realloc(block, size); }

void pulp_release(void *block) { free(block); }

#else

// What the compiler may call without being asked to. Weak: a plugin that has its own keeps it.
#ifdef __wasm_bulk_memory__
// Single instructions, so that they do not call themselves.
__attribute__((weak)) void *memcpy(void *to, const void *from, size_t count) { return __builtin_memcpy(to, from, count); }

__attribute__((weak)) void *memmove(void *to, const void *from, size_t count) { return __builtin_memmove(to, from, count); }

__attribute__((weak)) void *memset(void *bytes, int value, size_t count) { return __builtin_memset(bytes, value, count); }
#else
__attribute__((weak, no_builtin)) void *memcpy(void *to, const void *from, size_t count) {
    for (size_t i = 0; i < count; i++) ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

__attribute__((weak, no_builtin)) void *memmove(void *to, const void *from, size_t count) {
    char *target = to;
    const char *source = from;
    if (target < source)
        for (size_t i = 0; i < count; i++) target[i] = source[i];
    else
        while (count--) target[count] = source[count];
    return to;
}

__attribute__((weak, no_builtin)) void *memset(void *bytes, int value, size_t count) {
    for (size_t i = 0; i < count; i++) ((char *)bytes)[i] = (char)value;
    return bytes;
}
#endif

__attribute__((weak, no_builtin)) int memcmp(const void *a, const void *b, size_t count) {
    const uint8_t *left = a, *right = b;
    for (; count; count--, left++, right++)
        if (*left != *right) return *left - *right;
    return 0;
}

__attribute__((weak, no_builtin)) size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length]) length++;
    return length;
}

// An allocator: free lists by power of two up to 2 KiB, above that first fit over runs of 4 KiB granules, merged when
// they are freed. One thread; a guest cannot give memory back to its host.
enum {
    header_size = 16, // also the alignment of every block
    smallest = 32,    // bytes of the first class, header included
    classes = 7,      // 32 ... 2048
    granule = 4096,
    page = 65536
};

// Lies right before the bytes that the plugin uses.
typedef struct {
    uint32_t kind; // below `classes`: the class; else the number of granules + classes
    uint32_t start;
} Header;

// A free block; `granules` counts for runs only.
typedef struct Free {
    struct Free *next;
    uint32_t granules;
} Free;

extern uint8_t __heap_base;
static Free *free_class[classes];
static Free *free_runs; // by address
static uint32_t carve_next, carve_end;

static void release_run(uint32_t start, uint32_t granules) {
    Free **link = &free_runs, *previous = NULL;
    while (*link && (uint32_t)*link < start) {
        previous = *link;
        link = &previous->next;
    }
    Free *run = (Free *)start;
    run->next = *link;
    run->granules = granules;
    *link = run;
    if (run->next && start + granules * granule == (uint32_t)run->next) {
        run->granules += run->next->granules;
        run->next = run->next->next;
    }
    if (previous && (uint32_t)previous + previous->granules * granule == start) {
        previous->granules += run->granules;
        previous->next = run->next;
    }
}

// Takes what lies behind the data first, then asks the host for memory; false when there is no more.
// Growing costs the host a system call, and a fresh instance for each event would pay it each time.
static bool grow(uint32_t granules) {
    static uint32_t heap_end;
    if (!heap_end) {
        heap_end = __builtin_wasm_memory_size(0) * page;
        uint32_t start = ((uint32_t)&__heap_base + granule - 1) & -(uint32_t)granule;
        uint32_t room = start < heap_end ? (heap_end - start) / granule : 0;
        if (room) release_run(start, room);
        if (room >= granules) return true;
    }
    uint32_t pages = (granules + page / granule - 1) / (page / granule);
    size_t before = __builtin_wasm_memory_grow(0, pages);
    if (before == (size_t)-1) return false;
    // Memory may have grown behind our back: only what is new is ours.
    release_run(before * page, pages * (page / granule));
    return true;
}

static uint32_t take_run(uint32_t granules) {
    for (;;) {
        for (Free **link = &free_runs; *link; link = &(*link)->next) {
            Free *run = *link;
            if (run->granules < granules) continue;
            if (run->granules == granules) {
                *link = run->next;
                return (uint32_t)run;
            }
            run->granules -= granules;
            return (uint32_t)run + run->granules * granule;
        }
        if (!grow(granules)) return 0;
    }
}

static uint32_t take_class(uint32_t class) {
    Free *block = free_class[class];
    if (block) {
        free_class[class] = block->next;
        return (uint32_t)block;
    }
    uint32_t size = (uint32_t)smallest << class;
    if (carve_end - carve_next < size) {
        carve_next = take_run(1);
        carve_end = carve_next ? carve_next + granule : 0;
        if (!carve_next) return 0;
    }
    carve_next += size;
    return carve_next - size;
}

void *pulp_allocate(size_t size) {
    uint64_t total = (uint64_t)size + header_size;
    if (total > 0x7fffffff) return NULL;
    uint32_t kind = 0, start;
    if (total <= (uint32_t)smallest << (classes - 1)) {
        if (total > smallest) kind = 32 - __builtin_clz((uint32_t)total - 1) - 5;
        start = take_class(kind);
    } else {
        uint32_t granules = ((uint32_t)total + granule - 1) / granule;
        kind = granules + classes;
        start = take_run(granules);
    }
    if (!start) return NULL;
    Header *header = (Header *)start;
    header->kind = kind;
    header->start = start;
    return (void *)(start + header_size);
}

void pulp_release(void *block) {
    if (!block) return;
    Header header = *(Header *)((uint32_t)block - header_size);
    if (header.kind >= classes) {
        release_run(header.start, header.kind - classes);
        return;
    }
    Free *freed = (Free *)header.start;
    freed->next = free_class[header.kind];
    free_class[header.kind] = freed;
}

void *pulp_reallocate(void *block, size_t size) {
    if (!block) return pulp_allocate(size);
    uint32_t kind = ((Header *)((uint32_t)block - header_size))->kind;
    uint32_t room = (kind < classes ? (uint32_t)smallest << kind : (kind - classes) * granule) - header_size;
    if (size <= room) return block;
    void *larger = pulp_allocate(size);
    if (!larger) return NULL;
    __builtin_memcpy(larger, block, room);
    pulp_release(block);
    return larger;
}

#endif

// ---- Memory of a step ----------------------------------------------------------------------------------------------

typedef struct Chunk {
    struct Chunk *previous;
} Chunk;

// A block that the host has filled: freed with the step. It lies in the step's memory itself.
typedef struct Adopted {
    struct Adopted *previous;
    void *block;
} Adopted;

enum { scratch_alignment = 16, chunk_size = 16384, first_size = 8192 };

// What most steps need, without asking the allocator. Not used before the plugin is configured: what that makes stays.
static _Alignas(scratch_alignment) uint8_t first_chunk[first_size];
static struct {
    uint8_t *at, *end;
    Chunk *chunk;
    Adopted *adopted;
} scratch;

void *pulp_scratch(size_t size) {
    if (size > 0x7ffffff0) return NULL;
    size = (size + scratch_alignment - 1) & -(size_t)scratch_alignment;
    if ((size_t)(scratch.end - scratch.at) < size) {
        size_t whole = size + scratch_alignment > chunk_size ? size + scratch_alignment : chunk_size;
        Chunk *chunk = pulp_allocate(whole);
        if (!chunk) return NULL;
        chunk->previous = scratch.chunk;
        scratch.chunk = chunk;
        scratch.at = (uint8_t *)chunk + scratch_alignment;
        scratch.end = (uint8_t *)chunk + whole;
    }
    void *block = scratch.at;
    scratch.at += size;
    return block;
}

// So many of `size` bytes each; counts come from bytes that may lie.
static void *scratch_many(uint32_t count, uint32_t size) {
    return count > 0x7ffffff0 / size ? NULL : pulp_scratch((size_t)count * size);
}

// Something that the plugin does not look at was left out of this step for want of memory, so that what it answers
// would be wrong.
static bool is_lossy;

PulpMark pulp_mark(void) {
    return (PulpMark){scratch.at, scratch.end, scratch.chunk, scratch.adopted};
}

void pulp_rewind(PulpMark mark) {
    while (scratch.adopted != mark.adopted) {
        pulp_release(scratch.adopted->block);
        scratch.adopted = scratch.adopted->previous;
    }
    while (scratch.chunk != mark.chunk) {
        Chunk *chunk = scratch.chunk;
        scratch.chunk = chunk->previous;
        pulp_release(chunk);
    }
    scratch.at = mark.at;
    scratch.end = mark.end;
}

// More room for what was made last, where it is, or in another place; NULL when there is none.
static void *extend(void *block, size_t used, size_t capacity, size_t wanted) {
    size_t more = ((wanted + scratch_alignment - 1) & -(size_t)scratch_alignment) - capacity;
    if (block && (uint8_t *)block + capacity == scratch.at && (size_t)(scratch.end - scratch.at) >= more) {
        scratch.at += more;
        return block;
    }
    void *larger = pulp_scratch(wanted);
    if (larger && used) __builtin_memcpy(larger, block, used);
    return larger;
}

static Adopted *adopt(void *block) {
    Adopted *adopted = pulp_scratch(sizeof *adopted);
    if (!adopted) return NULL;
    *adopted = (Adopted){scratch.adopted, block};
    scratch.adopted = adopted;
    return adopted;
}

// ---- Text ----------------------------------------------------------------------------------------------------------

// Guests look at each turn of a loop whether their time is over: where turns are many, each does more.
size_t pulp_length(const char *text) {
    const char *end = text;
    for (; end; end += 4) {
        if (!end[0]) break;
        if (!end[1]) return (size_t)(end + 1 - text);
        if (!end[2]) return (size_t)(end + 2 - text);
        if (!end[3]) return (size_t)(end + 3 - text);
    }
    return (size_t)(end - text);
}

PulpBytes pulp_bytes_of(const char *text) { return pulp_bytes(text, pulp_length(text)); }

bool pulp_equal(const char *a, const char *b) {
    if (!a || !b) return a == b;
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

bool pulp_starts_with(const char *text, const char *prefix) {
    while (*prefix)
        if (*text++ != *prefix++) return false;
    return true;
}

int64_t pulp_parse_integer(const char *text, int64_t otherwise) {
    if (!text) return otherwise;
    bool is_negative = *text == '-';
    if (is_negative) text++;
    if (!*text) return otherwise;
    uint64_t limit = INT64_MAX + (uint64_t)is_negative, value = 0;
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (digit > 9 || value > (limit - digit) / 10) return otherwise;
        value = value * 10 + digit;
    }
    return is_negative ? (int64_t)-value : (int64_t)value;
}

char *pulp_copy_text(PulpBytes bytes) {
    char *text = pulp_scratch((size_t)bytes.length + 1);
    if (!text) return NULL;
    if (bytes.length) __builtin_memcpy(text, bytes.bytes, bytes.length);
    text[bytes.length] = 0;
    return text;
}

static bool has_room(PulpString *string, uint32_t count) {
    if (string->failed) return false;
    uint64_t needed = (uint64_t)string->length + count + 1;
    if (needed <= string->capacity) return true;
    uint64_t wanted = needed + string->capacity < 64 ? 64 : needed + string->capacity;
    wanted = (wanted + scratch_alignment - 1) & -(uint64_t)scratch_alignment;
    string->text = wanted > 0x7ffffff0 ? NULL : extend(string->text, string->length, string->capacity, wanted);
    if (!string->text) {
        *string = (PulpString){.failed = true};
        return false;
    }
    string->capacity = (uint32_t)wanted;
    return true;
}

void pulp_append_bytes(PulpString *string, PulpBytes bytes) {
    if (!has_room(string, bytes.length)) return;
    if (bytes.length) __builtin_memcpy(string->text + string->length, bytes.bytes, bytes.length);
    string->length += bytes.length;
    string->text[string->length] = 0;
}

static void append_text(PulpString *string, const char *text) { pulp_append_bytes(string, pulp_bytes_of(text)); }

static void append_repeated(PulpString *string, char character, int32_t count) {
    if (count <= 0 || !has_room(string, (uint32_t)count)) return;
    __builtin_memset(string->text + string->length, character, (uint32_t)count);
    string->length += (uint32_t)count;
    string->text[string->length] = 0;
}

// One conversion of a format.
typedef struct {
    bool left, zeroes, sign, space, alternate;
    int32_t width, precision; // precision -1: none given
} Conversion;

// Text of a conversion, filled up to its width: `lead` is a sign or `0x`, before zeroes.
static void append_padded(PulpString *string, Conversion *c, const char *lead, PulpBytes bytes) {
    uint32_t lead_length = (uint32_t)pulp_length(lead);
    int32_t fill = c->width - (int32_t)(lead_length + bytes.length);
    if (!c->left && !c->zeroes) append_repeated(string, ' ', fill);
    pulp_append_bytes(string, pulp_bytes(lead, lead_length));
    if (!c->left && c->zeroes) append_repeated(string, '0', fill);
    pulp_append_bytes(string, bytes);
    if (c->left) append_repeated(string, ' ', fill);
}

static void append_unsigned(PulpString *string, Conversion *c, const char *lead, uint64_t value, uint32_t base, bool is_upper) {
    char digits[88];
    uint32_t at = sizeof digits, least = c->precision < 0 ? 1 : (uint32_t)c->precision;
    if (least > 64) least = 64;
    for (; value; value /= base) digits[--at] = (is_upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
    while (sizeof digits - at < least) digits[--at] = '0';
    if (c->precision >= 0) c->zeroes = false;
    append_padded(string, c, lead, pulp_bytes(digits + at, sizeof digits - at));
}

static double power_of_ten(int32_t exponent) {
    double power = 1, factor = 10;
    for (uint32_t rest = (uint32_t)(exponent < 0 ? -exponent : exponent); rest; rest >>= 1, factor *= factor)
        if (rest & 1) power *= factor;
    return power;
}

// `value`, not negative and below 1e17, with so many decimals. Gives the number of characters.
static uint32_t put_fixed(char *out, double value, int32_t decimals) {
    uint64_t whole = (uint64_t)value, scale = 1;
    for (int32_t i = 0; i < decimals; i++) scale *= 10;
    double scaled = (value - (double)whole) * (double)scale;
    uint64_t fraction = (uint64_t)scaled;
    double rest = scaled - (double)fraction;
    if (rest > 0.5 || (rest == 0.5 && ((decimals ? fraction : whole) & 1))) fraction++;
    if (fraction >= scale) whole++, fraction -= scale;
    char digits[24];
    uint32_t count = 0, length = 0;
    do digits[count++] = (char)('0' + whole % 10);
    while (whole /= 10);
    while (count) out[length++] = digits[--count];
    if (decimals) out[length++] = '.';
    for (int32_t i = decimals; i > 0; i--, fraction /= 10) out[length + (uint32_t)i - 1] = (char)('0' + fraction % 10);
    return length + (uint32_t)decimals;
}

// `value` as a number from 1 to below 10, and its exponent.
static double normalized(double value, int32_t *exponent) {
    *exponent = 0;
    if (value == 0) return 0;
    for (int32_t step = 256; step; step >>= 1) {
        double power = power_of_ten(step);
        while (value >= power) value /= power, *exponent += step;
        while (value < 1 && value * power < 10) value *= power, *exponent -= step;
    }
    while (value < 1) value *= 10, *exponent -= 1;
    return value;
}

static uint32_t put_exponent(char *out, double value, int32_t decimals) {
    int32_t exponent;
    double mantissa = normalized(value, &exponent);
    uint32_t length = put_fixed(out, mantissa, decimals);
    if (out[1] == '0' && out[0] == '1' && length > (uint32_t)decimals + (decimals ? 2 : 1)) { // rounded up to 10
        length = put_fixed(out, 1, decimals);
        exponent++;
    }
    out[length++] = 'e';
    out[length++] = exponent < 0 ? '-' : '+';
    uint32_t size = (uint32_t)(exponent < 0 ? -exponent : exponent);
    if (size > 99) out[length++] = (char)('0' + size / 100);
    out[length++] = (char)('0' + size / 10 % 10);
    out[length++] = (char)('0' + size % 10);
    return length;
}

// The shorter of the two ways, without zeroes at its end.
static uint32_t put_general(char *out, double value, int32_t digits) {
    int32_t exponent;
    if (!digits) digits = 1;
    double mantissa = normalized(value, &exponent);
    if (mantissa + 0.5 / power_of_ten(digits - 1) >= 10) exponent++;
    bool is_fixed = exponent >= -4 && exponent < digits;
    int32_t decimals = is_fixed ? digits - 1 - exponent : digits - 1;
    // A long fraction of a small number: more decimals than an integer holds.
    if (is_fixed && decimals > 17) decimals = 17;
    uint32_t length = is_fixed ? put_fixed(out, value, decimals) : put_exponent(out, value, decimals);
    if (!decimals) return length;
    uint32_t end = 0;
    while (end < length && out[end] != 'e') end++;
    uint32_t kept = end;
    while (out[kept - 1] == '0') kept--;
    if (out[kept - 1] == '.') kept--;
    __builtin_memmove(out + kept, out + end, length - end);
    return kept + length - end;
}

static void append_double(PulpString *string, Conversion *c, double value, char kind) {
    char out[64];
    const char *lead = __builtin_signbit(value) ? "-" : c->sign ? "+" : c->space ? " " : "";
    if (__builtin_signbit(value)) value = -value;
    if (__builtin_isnan(value) || __builtin_isinf(value)) {
        c->zeroes = false;
        append_padded(string, c, lead, __builtin_isnan(value) ? PULP_BYTES("nan") : PULP_BYTES("inf"));
        return;
    }
    int32_t precision = c->precision < 0 ? 6 : c->precision > 17 ? 17 : c->precision;
    uint32_t length = kind == 'g'                     ? put_general(out, value, precision)
                      : kind == 'f' && value < 1e17 ? put_fixed(out, value, precision)
                                                    : put_exponent(out, value, precision);
    append_padded(string, c, lead, pulp_bytes(out, length));
}

static int32_t read_width(const char **format, va_list *arguments) {
    if (**format == '*') {
        ++*format;
        return va_arg(*arguments, int);
    }
    int32_t value = 0;
    for (; **format >= '0' && **format <= '9'; ++*format)
        if (value < 100000000) value = value * 10 + **format - '0';
    return value;
}

// Bytes of the integer that is asked for: `hh`, `h`, nothing, `l`, `ll`, `j`, `z`, `t`.
static uint32_t read_size(const char **format) {
    uint32_t size = sizeof(int);
    for (;; ++*format) {
        switch (**format) {
        case 'h': size /= 2; break;
        case 'l': size = size == sizeof(long) + 1 ? sizeof(long long) : sizeof(long) + 1; break;
        case 'j': size = sizeof(intmax_t); break;
        case 'z': case 't': size = sizeof(size_t); break;
        default: return size == sizeof(long) + 1 ? sizeof(long) : size;
        }
    }
}

static void append_integer(PulpString *string, Conversion *c, char kind, uint32_t size, va_list *arguments) {
    uint64_t value = size > sizeof(int) ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);
    if (kind == 'd' || kind == 'i') {
        int64_t number = size == 1   ? (int8_t)value
                         : size == 2 ? (int16_t)value
                         : size == 4 ? (int32_t)value
                                     : (int64_t)value;
        const char *lead = number < 0 ? "-" : c->sign ? "+" : c->space ? " " : "";
        append_unsigned(string, c, lead, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, false);
        return;
    }
    if (size < 4) value &= (1u << (8 * size)) - 1;
    const char *lead = c->alternate && value ? (kind == 'x' ? "0x" : kind == 'X' ? "0X" : kind == 'o' ? "0" : "") : "";
    append_unsigned(string, c, lead, value, kind == 'u' ? 10 : kind == 'o' ? 8 : 16, kind == 'X');
}

static void append_conversion(PulpString *string, Conversion *c, char kind, uint32_t size, va_list *arguments) {
    switch (kind) {
    case 'd': case 'i': case 'u': case 'x': case 'X': case 'o': append_integer(string, c, kind, size, arguments); break;
    case 'p':
        c->alternate = true;
        append_unsigned(string, c, "0x", (uintptr_t)va_arg(*arguments, void *), 16, false);
        break;
    case 'f': case 'e': case 'g': append_double(string, c, va_arg(*arguments, double), kind); break;
    case 'c': {
        char character = (char)va_arg(*arguments, int);
        append_padded(string, c, "", pulp_bytes(&character, 1));
        break;
    }
    case 's': {
        const char *text = va_arg(*arguments, const char *);
        if (!text) text = "(null)";
        uint32_t length = 0;
        while ((c->precision < 0 || length < (uint32_t)c->precision) && text[length]) length++;
        c->zeroes = false;
        append_padded(string, c, "", pulp_bytes(text, length));
        break;
    }
    default: pulp_append_bytes(string, pulp_bytes(&kind, 1)); // `%%`, and what is none
    }
}

static void append_format(PulpString *string, const char *format, va_list *arguments) {
    for (;;) {
        uint32_t plain = 0;
        while (format[plain] && format[plain] != '%') plain++;
        pulp_append_bytes(string, pulp_bytes(format, plain));
        format += plain;
        if (!*format++) return;
        Conversion c = {.precision = -1};
        for (;; format++) {
            if (*format == '-') c.left = true;
            else if (*format == '0') c.zeroes = true;
            else if (*format == '+') c.sign = true;
            else if (*format == ' ') c.space = true;
            else if (*format == '#') c.alternate = true;
            else break;
        }
        c.width = read_width(&format, arguments);
        if (c.width < 0) c.left = true, c.width = c.width == INT32_MIN ? INT32_MAX : -c.width;
        if (*format == '.') {
            format++;
            c.precision = read_width(&format, arguments);
        }
        uint32_t size = read_size(&format);
        if (!*format) return;
        append_conversion(string, &c, *format++, size, arguments);
    }
}

static void append_arguments(PulpString *string, const char *format, va_list arguments) {
    va_list copy;
    va_copy(copy, arguments);
    append_format(string, format, &copy);
    va_end(copy);
}

void pulp_append(PulpString *string, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append_arguments(string, format, arguments);
    va_end(arguments);
}

char *pulp_vformat(const char *format, va_list arguments) {
    PulpString string = {0};
    pulp_append_bytes(&string, pulp_bytes(NULL, 0));
    append_arguments(&string, format, arguments);
    return string.text;
}

char *pulp_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = pulp_vformat(format, arguments);
    va_end(arguments);
    return text;
}

// Bytes of the character of UTF-8 that begins here; 0 where none does.
static uint32_t character_length(const char *text) {
    uint8_t first = (uint8_t)text[0], second = first < 0x80 ? 0 : (uint8_t)text[1];
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    // Not what is written longer than need be, no half of a surrogate pair, nothing past the last character.
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80, most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return 0;
    uint32_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    for (uint32_t i = 2; i < length; i++)
        if (((uint8_t)text[i] & 0xc0) != 0x80) return 0;
    return length;
}

// How much of a text can stand in a JSON string as it is. Not `<`, which could end the script that the JSON stands in.
static uint32_t plain_json(const char *text) {
    uint32_t plain = 0, length = 1;
    while (length && (uint8_t)text[plain] >= 0x20 && text[plain] != '"' && text[plain] != '\\' && text[plain] != '<')
        plain += length = character_length(text + plain);
    return plain;
}

void pulp_append_json(PulpString *string, const char *text) {
    append_text(string, "\"");
    for (; text && *text; text++) {
        uint32_t plain = plain_json(text);
        pulp_append_bytes(string, pulp_bytes(text, plain));
        text += plain;
        if (!*text) break;
        if (*text == '"' || *text == '\\') pulp_append(string, "\\%c", *text);
        else if ((uint8_t)*text >= 0x80) append_text(string, "\\ufffd");
        else if (*text == '\n') append_text(string, "\\n");
        else if (*text == '\t') append_text(string, "\\t");
        else pulp_append(string, "\\u%04x", (unsigned)(uint8_t)*text);
    }
    append_text(string, "\"");
}

void pulp_append_html(PulpString *string, const char *text) {
    for (; text && *text; text++) {
        uint32_t plain = 0;
        while (text[plain] && text[plain] != '&' && text[plain] != '<' && text[plain] != '>' && text[plain] != '"' &&
               text[plain] != '\'')
            plain++;
        pulp_append_bytes(string, pulp_bytes(text, plain));
        text += plain;
        if (!*text) break;
        append_text(
            string, *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '"' ? "&quot;" : "&#39;");
    }
}

const char *pulp_json(const char *text) {
    PulpString string = {0};
    pulp_append_json(&string, text);
    return string.text;
}

const char *pulp_html(const char *text) {
    PulpString string = {0};
    pulp_append_bytes(&string, pulp_bytes(NULL, 0));
    pulp_append_html(&string, text);
    return string.text;
}

const char *pulp_status_text(PulpStatus status) {
    switch (status) {
    case PULP_OK: return "done";
    case PULP_EMPTY: return "the request is empty";
    case PULP_OUTSIDE: return "the request is too long, or not inside the memory";
    case PULP_MALFORMED: return "the request is malformed";
    case PULP_FAILED: return "the operation failed";
    case PULP_UNENCODABLE: return "the operation failed, or its answer cannot be encoded";
    case PULP_NOT_FOUND: return "not found";
    case PULP_NO_ROOM: return "no memory for the answer";
    case PULP_BAD_ANSWER: return "the answer is not inside the memory";
    case PULP_NO_SUCH_HANDLE: return "no such handle";
    case PULP_UNAVAILABLE: return "not available";
    case PULP_NOT_ALLOWED: return "not allowed now";
    case PULP_LIMIT: return "a limit is reached, or busy";
    case PULP_CONSTRAINT: return "a constraint failed";
    case PULP_READ_ONLY: return "read-only";
    case PULP_TOO_MANY_CURSORS: return "too many cursors";
    case PULP_NOT_GRANTED: return "not granted by the manifest";
    case PULP_NO_MEMORY: return "out of memory";
    case PULP_MISUNDERSTOOD: return "the host's answer was not understood";
    case PULP_BROKEN: return "the stream broke off";
    default: return "an unknown status";
    }
}

// ---- MessagePack ---------------------------------------------------------------------------------------------------

static bool grow_writer(PulpWriter *w, uint32_t count) {
    uint32_t used = (uint32_t)(w->at - w->start), capacity = (uint32_t)(w->end - w->start);
    uint64_t wanted = (uint64_t)used + count + capacity;
    wanted = (wanted + scratch_alignment - 1) & -(uint64_t)scratch_alignment;
    uint8_t *start = w->grows && !w->failed && wanted < 0x7ffffff0 ? extend(w->start, used, capacity, wanted) : NULL;
    if (!start) {
        w->failed = true;
        return false;
    }
    *w = (PulpWriter){start, start + used, start + wanted, false, true};
    return true;
}

static bool has_bytes(PulpWriter *w, uint32_t count) {
    return (uint32_t)(w->end - w->at) >= count || grow_writer(w, count);
}

// Used from everywhere: once in the module is enough.
#define SHARED __attribute__((noinline))
// What every request passes through: in place, whatever the module is optimised for.
#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    __builtin_memcpy(&word, bytes, 8);
    return word;
}

INLINE uint32_t half_at(const uint8_t *bytes) {
    uint32_t half;
    __builtin_memcpy(&half, bytes, 4);
    return half;
}

// By words, of which the last may overlap the one before: a turn of a loop costs as much as a comparison.
INLINE bool are_same(const uint8_t *a, const uint8_t *b, uint32_t count) {
    if (count >= 8) {
        uint32_t last = count - 8;
        for (uint32_t i = 0; i < last; i += 8)
            if (word_at(a + i) != word_at(b + i)) return false;
        return word_at(a + last) == word_at(b + last);
    }
    if (count >= 4) return half_at(a) == half_at(b) && half_at(a + count - 4) == half_at(b + count - 4);
    return !count || (a[0] == b[0] && a[count / 2] == b[count / 2] && a[count - 1] == b[count - 1]);
}

// Copies by words, all read before one is written over: also to a place before the source that overlaps with it. Long
// runs are the engine's.
SHARED static void copy_forward(uint8_t *to, const uint8_t *from, uint32_t count) {
    if (count > 64) {
        __builtin_memmove(to, from, count);
    } else if (count >= 8) {
        uint32_t last = count - 8;
        uint64_t end = word_at(from + last);
        for (uint32_t i = 0; i < last; i += 8) {
            uint64_t word = word_at(from + i);
            __builtin_memcpy(to + i, &word, 8);
        }
        __builtin_memcpy(to + last, &end, 8);
    } else if (count >= 4) {
        uint32_t start = half_at(from), end = half_at(from + count - 4);
        __builtin_memcpy(to, &start, 4);
        __builtin_memcpy(to + count - 4, &end, 4);
    } else if (count) {
        uint8_t start = from[0], middle = from[count / 2], end = from[count - 1];
        to[0] = start;
        to[count / 2] = middle;
        to[count - 1] = end;
    }
}

SHARED bool pulp_same(PulpBytes a, PulpBytes b) {
    return a.length == b.length && are_same(a.bytes, b.bytes, a.length);
}

SHARED uint64_t pulp_read_big(PulpReader *r, uint32_t count) {
    uint32_t left = pulp_left(r);
    if (left < count) {
        r->failed = true;
        return 0;
    }
    const uint8_t *at = r->at;
    r->at += count;
    if (left >= 8 && count) return __builtin_bswap64(word_at(at)) >> (64 - 8 * count);
    uint64_t value = 0;
    while (count--) value = value << 8 | *at++;
    return value;
}

// The next byte: that of a value's kind. 0xc1, which is none, at the end.
INLINE uint8_t take_tag(PulpReader *r) {
    if (r->at < r->end) return *r->at++;
    r->failed = true;
    return 0xc1;
}

// A text of less than 32 bytes, as most are: where it is. NULL when it is none, and nothing was read.
INLINE const uint8_t *take_short(PulpReader *r, uint32_t *length) {
    const uint8_t *at = r->at;
    if (at >= r->end || (*at & 0xe0) != 0xa0) return NULL;
    *length = *at & 0x1f;
    if ((uint32_t)(r->end - at) <= *length) return NULL;
    r->at = at + 1 + *length;
    return at + 1;
}

// Whether the next value is this short text, which is read then.
INLINE bool take_word(PulpReader *r, const char *word, uint32_t length) {
    const uint8_t *at = r->at;
    if ((uint32_t)(r->end - at) <= length || *at != (0xa0 | length) || !are_same(at + 1, (const uint8_t *)word, length))
        return false;
    r->at = at + 1 + length;
    return true;
}

SHARED PulpBytes pulp_read_slice(PulpReader *r, uint64_t count) {
    PulpBytes slice = {NULL, 0};
    if (pulp_left(r) < count) {
        r->failed = true;
        return slice;
    }
    slice.bytes = r->at;
    slice.length = (uint32_t)count;
    r->at += count;
    return slice;
}

SHARED uint32_t pulp_read_map(PulpReader *r) {
    uint8_t tag = take_tag(r);
    if ((tag & 0xf0) == 0x80) return tag & 0x0f;
    if (tag == 0xde) return (uint32_t)pulp_read_big(r, 2);
    if (tag == 0xdf) return (uint32_t)pulp_read_big(r, 4);
    if (tag != 0xc0) r->failed = true;
    return 0;
}

SHARED uint32_t pulp_read_array(PulpReader *r) {
    uint8_t tag = take_tag(r);
    if ((tag & 0xf0) == 0x90) return tag & 0x0f;
    if (tag == 0xdc) return (uint32_t)pulp_read_big(r, 2);
    if (tag == 0xdd) return (uint32_t)pulp_read_big(r, 4);
    if (tag != 0xc0) r->failed = true;
    return 0;
}

SHARED PulpBytes pulp_read_bytes(PulpReader *r) {
    uint8_t tag = take_tag(r);
    if ((tag & 0xe0) == 0xa0) return pulp_read_slice(r, tag & 0x1f);
    switch (tag) {
    case 0xc0: return pulp_read_slice(r, 0);
    case 0xc4: case 0xd9: return pulp_read_slice(r, pulp_read_big(r, 1));
    case 0xc5: case 0xda: return pulp_read_slice(r, pulp_read_big(r, 2));
    case 0xc6: case 0xdb: return pulp_read_slice(r, pulp_read_big(r, 4));
    }
    r->failed = true;
    return pulp_read_slice(r, 0);
}

// What follows one of the tags of integers with a sign, 0xd0 to 0xd3.
static int64_t read_signed(PulpReader *r, uint8_t tag) {
    uint32_t width = 1u << (tag - 0xd0), unused = 64 - 8 * width;
    return (int64_t)(pulp_read_big(r, width) << unused) >> unused;
}

SHARED uint64_t pulp_read_unsigned(PulpReader *r) {
    uint8_t tag = take_tag(r);
    if (tag < 0x80) return tag;
    switch (tag) {
    case 0xcc: return pulp_read_big(r, 1);
    case 0xcd: return pulp_read_big(r, 2);
    case 0xce: return pulp_read_big(r, 4);
    case 0xcf: return pulp_read_big(r, 8);
    }
    int64_t value = tag >= 0xd0 && tag <= 0xd3 ? read_signed(r, tag) : -1;
    if (value >= 0) return (uint64_t)value;
    r->failed = true;
    return 0;
}

SHARED void pulp_read_skip(PulpReader *r) {
    for (uint64_t values = 1; values && !r->failed; values--) {
        uint32_t length;
        if (take_short(r, &length)) continue;
        uint8_t tag = take_tag(r);
        if (tag == 0xc1) r->failed = true;
        if (tag < 0x80 || tag >= 0xe0 || (tag >= 0xc0 && tag <= 0xc3)) continue;
        if (tag < 0x90) values += 2 * (tag & 0x0f);
        else if (tag < 0xa0) values += tag & 0x0f;
        else if (tag < 0xc0) pulp_read_slice(r, tag & 0x1f);
        else if (tag <= 0xc6) pulp_read_slice(r, pulp_read_big(r, 1u << (tag - 0xc4)));
        else if (tag <= 0xc9) pulp_read_slice(r, 1 + pulp_read_big(r, 1u << (tag - 0xc7)));
        else if (tag <= 0xcb) pulp_read_slice(r, 4u << (tag - 0xca));
        else if (tag <= 0xcf) pulp_read_slice(r, 1u << (tag - 0xcc));
        else if (tag <= 0xd3) pulp_read_slice(r, 1u << (tag - 0xd0));
        else if (tag <= 0xd8) pulp_read_slice(r, 1 + (1u << (tag - 0xd4)));
        else if (tag <= 0xdb) pulp_read_slice(r, pulp_read_big(r, 1u << (tag - 0xd9)));
        else if (tag <= 0xdd) values += pulp_read_big(r, 2u << (tag - 0xdc));
        else values += 2 * pulp_read_big(r, 2u << (tag - 0xde));
    }
}

SHARED void pulp_write_big(PulpWriter *w, uint8_t tag, uint64_t value, uint32_t count) {
    if (!has_bytes(w, count + 1)) return;
    *w->at++ = tag;
    if (count == 8) {
        value = __builtin_bswap64(value);
        __builtin_memcpy(w->at, &value, 8);
        w->at += 8;
        return;
    }
    while (count--) *w->at++ = (uint8_t)(value >> (8 * count));
}

static void write_slice(PulpWriter *w, PulpBytes slice) {
    if (!slice.length || !has_bytes(w, slice.length)) return;
    copy_forward(w->at, slice.bytes, slice.length);
    w->at += slice.length;
}

SHARED void pulp_write_slice(PulpWriter *w, PulpBytes slice) { write_slice(w, slice); }

SHARED void pulp_write_map(PulpWriter *w, uint32_t pairs) {
    if (pairs < 16) pulp_write_big(w, (uint8_t)(0x80 | pairs), 0, 0);
    else pulp_write_big(w, 0xdf, pairs, 4);
}

SHARED void pulp_write_array(PulpWriter *w, uint32_t count) {
    if (count < 16) pulp_write_big(w, (uint8_t)(0x90 | count), 0, 0);
    else pulp_write_big(w, 0xdd, count, 4);
}

SHARED void pulp_write_unsigned(PulpWriter *w, uint64_t value) {
    if (value < 0x80) pulp_write_big(w, (uint8_t)value, 0, 0);
    else pulp_write_big(w, 0xcf, value, 8);
}

SHARED void pulp_write_text(PulpWriter *w, PulpBytes text) {
    if (text.length < 32 && has_bytes(w, text.length + 1)) *w->at++ = (uint8_t)(0xa0 | text.length);
    else if (text.length < 0x100) pulp_write_big(w, 0xd9, text.length, 1);
    else if (text.length < 0x10000) pulp_write_big(w, 0xda, text.length, 2);
    else pulp_write_big(w, 0xdb, text.length, 4);
    write_slice(w, text);
}

SHARED void pulp_write_binary(PulpWriter *w, PulpBytes bytes) {
    if (bytes.length < 0x100 && has_bytes(w, bytes.length + 2)) {
        *w->at++ = 0xc4;
        *w->at++ = (uint8_t)bytes.length;
    } else if (bytes.length < 0x10000) pulp_write_big(w, 0xc5, bytes.length, 2);
    else pulp_write_big(w, 0xc6, bytes.length, 4);
    write_slice(w, bytes);
}

// A writer in the step's memory that begins with so much room.
static PulpWriter growing(uint32_t room) {
    PulpWriter w = {.grows = true};
    grow_writer(&w, room < 64 ? 64 : room);
    return w;
}

static void put_string(PulpWriter *w, const char *text) { pulp_write_text(w, pulp_bytes_of(text)); }

// A map of as many pairs as there are letters in `types`, each followed by its key and value: `s` text, `b` bytes as
// PulpBytes, `u` and `i` integers of 64 bits, `f` double. A capital letter leaves out what is NULL or 0.
static void put_record(PulpWriter *w, const char *types, ...) {
    va_list arguments;
    uint8_t *head = NULL;
    uint32_t pairs = 0;
    pulp_write_map(w, 0);
    head = (uint8_t *)(uintptr_t)(w->at - w->start);
    va_start(arguments, types);
    for (; *types; types++) {
        const char *key = va_arg(arguments, const char *);
        bool is_optional = *types < 'a';
        uint64_t word = 0;
        double number = 0;
        const void *pointer = NULL;
        char type = (char)(*types | 0x20);
        if (type == 's' || type == 'b') pointer = va_arg(arguments, const void *);
        else if (type == 'f') number = va_arg(arguments, double);
        else word = va_arg(arguments, uint64_t);
        if (is_optional && !pointer && !word && number == 0) continue;
        pairs++;
        put_string(w, key);
        if (type == 's') put_string(w, pointer);
        else if (type == 'b') pulp_write_binary(w, *(const PulpBytes *)pointer);
        else if (type == 'f') pulp_write_number(w, number);
        else if (type == 'i') pulp_write_integer(w, (int64_t)word);
        else pulp_write_unsigned(w, word);
    }
    va_end(arguments);
    if (!w->failed) w->start[(uintptr_t)head - 1] = (uint8_t)(0x80 | pairs);
}

// Adds one pair to a record of put_record, whose value follows.
static void put_key(PulpWriter *w, uint32_t record, const char *key) {
    if (!w->failed) w->start[record]++;
    put_string(w, key);
}

// The same for the record that the writer begins with.
static void add_key(PulpWriter *w, PulpBytes key) {
    if (!w->failed) w->start[0]++;
    pulp_write_text(w, key);
}

int64_t pulp_read_integer(PulpReader *r) {
    if (pulp_left(r) == 0) return r->failed = true, 0;
    uint8_t tag = *r->at;
    if (tag >= 0xe0) return r->at++, (int8_t)tag;
    if (tag >= 0xd0 && tag <= 0xd3) return r->at++, read_signed(r, tag);
    uint64_t value = pulp_read_unsigned(r);
    if (value > INT64_MAX) r->failed = true;
    return (int64_t)value;
}

bool pulp_read_bool(PulpReader *r) {
    uint8_t tag = take_tag(r);
    if (tag != 0xc2 && tag != 0xc3 && tag != 0xc0) r->failed = true;
    return tag == 0xc3;
}

double pulp_read_number(PulpReader *r) {
    uint8_t tag = pulp_left(r) ? *r->at : 0;
    if (tag == 0xca) {
        r->at++;
        uint32_t bits = (uint32_t)pulp_read_big(r, 4);
        float value;
        __builtin_memcpy(&value, &bits, 4);
        return value;
    }
    if (tag == 0xcb) {
        r->at++;
        uint64_t bits = pulp_read_big(r, 8);
        double value;
        __builtin_memcpy(&value, &bits, 8);
        return value;
    }
    return (double)pulp_read_integer(r);
}

// A str or bin as text, where it is: moved over its own header by one byte, which makes room for the NUL. The bytes
// are ours (the host wrote them for us), and can be read once.
static const char *take_text(PulpReader *r, uint32_t *length) {
    const uint8_t *bytes = take_short(r, length);
    if (!bytes) {
        PulpBytes slice = pulp_read_bytes(r);
        *length = slice.length;
        if (r->failed) return "";
        bytes = slice.bytes;
    }
    uint8_t *text = (uint8_t *)bytes - 1;
    copy_forward(text, bytes, *length);
    text[*length] = 0;
    return (const char *)text;
}

static PulpValue take_value(PulpReader *r, uint32_t depth);

// Extension -1: seconds and nanoseconds since 1970, in 4, 8 or 12 bytes. Others are nil.
static PulpValue take_extension(PulpReader *r, uint8_t tag) {
    uint32_t length = tag <= 0xc9 ? (uint32_t)pulp_read_big(r, 1u << (tag - 0xc7)) : 1u << (tag - 0xd4);
    uint8_t type = (uint8_t)pulp_read_big(r, 1);
    PulpBytes bytes = pulp_read_slice(r, length);
    PulpReader inside = pulp_reader(bytes.bytes, bytes.length);
    if (r->failed || type != 0xff) return pulp_nil();
    if (length == 4) return pulp_time((int64_t)pulp_read_big(&inside, 4) * 1000000000);
    if (length == 8) {
        uint64_t word = pulp_read_big(&inside, 8);
        return pulp_time((int64_t)(word & 0x3ffffffff) * 1000000000 + (int64_t)(word >> 34));
    }
    if (length != 12) return pulp_nil();
    int64_t nanoseconds = (int64_t)pulp_read_big(&inside, 4);
    uint64_t seconds = pulp_read_big(&inside, 8);
    return pulp_time((int64_t)(seconds * 1000000000u + (uint64_t)nanoseconds));
}

static PulpValue take_list(PulpReader *r, uint32_t depth) {
    uint32_t count = pulp_read_array(r);
    PulpValue *items = count <= pulp_left(r) ? scratch_many(count, sizeof *items) : NULL;
    if (!items) r->failed = true;
    for (uint32_t i = 0; i < count && !r->failed; i++) items[i] = take_value(r, depth - 1);
    return (PulpValue){.kind = PULP_LIST, .length = r->failed ? 0 : count, .items = items};
}

static PulpValue take_table(PulpReader *r, uint32_t depth) {
    uint32_t count = pulp_read_map(r), ignored;
    PulpEntry *entries = count <= pulp_left(r) / 2 ? scratch_many(count, sizeof *entries) : NULL;
    if (!entries) r->failed = true;
    for (uint32_t i = 0; i < count && !r->failed; i++) {
        entries[i].name = take_text(r, &ignored);
        entries[i].value = take_value(r, depth - 1);
    }
    return (PulpValue){.kind = PULP_TABLE, .length = r->failed ? 0 : count, .entries = entries};
}

// Any value, its texts where they are.
static PulpValue take_value(PulpReader *r, uint32_t depth) {
    uint8_t tag = pulp_left(r) ? *r->at : 0xc1;
    if (!depth || tag == 0xc1) return r->failed = true, pulp_nil();
    if (tag < 0x80 || tag >= 0xe0 || (tag >= 0xcc && tag <= 0xd3)) {
        // One past the largest int64 is a number.
        if (tag == 0xcf && pulp_left(r) > 1 && r->at[1] >= 0x80) return pulp_number((double)pulp_read_unsigned(r));
        return pulp_integer(pulp_read_integer(r));
    }
    if (tag == 0xca || tag == 0xcb) return pulp_number(pulp_read_number(r));
    if (tag == 0xc2 || tag == 0xc3) return pulp_bool(pulp_read_bool(r));
    if (tag == 0xc0) return r->at++, pulp_nil();
    if ((tag >= 0xc7 && tag <= 0xc9) || (tag >= 0xd4 && tag <= 0xd8)) return r->at++, take_extension(r, tag);
    if ((tag & 0xf0) == 0x80 || tag >= 0xde) return take_table(r, depth);
    if ((tag & 0xf0) == 0x90 || tag >= 0xdc) return take_list(r, depth);
    if (tag >= 0xc4 && tag <= 0xc6) {
        PulpBytes blob = pulp_read_bytes(r);
        return pulp_blob(blob.bytes, blob.length);
    }
    PulpValue value = {.kind = PULP_TEXT};
    value.text = take_text(r, &value.length);
    return value;
}

static void put_value(PulpWriter *w, PulpValue value) {
    switch (value.kind) {
    case PULP_BOOL: pulp_write_bool(w, value.boolean); break;
    case PULP_INTEGER: pulp_write_integer(w, value.integer); break;
    case PULP_NUMBER: pulp_write_number(w, value.number); break;
    case PULP_TEXT: pulp_write_text(w, pulp_bytes(value.text, value.length)); break;
    case PULP_BLOB: pulp_write_binary(w, pulp_bytes(value.blob, value.length)); break;
    case PULP_TIME: {
        int64_t nanoseconds = value.integer % 1000000000, seconds = value.integer / 1000000000;
        if (nanoseconds < 0) nanoseconds += 1000000000, seconds--;
        pulp_write_big(w, 0xc7, 0x0cff, 2);
        pulp_write_big(w, (uint8_t)(nanoseconds >> 24), (uint64_t)nanoseconds & 0xffffff, 3);
        pulp_write_big(w, (uint8_t)(seconds >> 56), (uint64_t)seconds & 0xffffffffffffff, 7);
        break;
    }
    case PULP_LIST:
        pulp_write_array(w, value.length);
        for (uint32_t i = 0; i < value.length; i++) put_value(w, value.items[i]);
        break;
    case PULP_TABLE:
        pulp_write_map(w, value.length);
        for (uint32_t i = 0; i < value.length; i++) {
            put_string(w, value.entries[i].name);
            put_value(w, value.entries[i].value);
        }
        break;
    default: pulp_write_nil(w);
    }
}

PulpValue pulp_nil(void) { return (PulpValue){.kind = PULP_NIL}; }

PulpValue pulp_bool(bool value) { return (PulpValue){.kind = PULP_BOOL, .boolean = value}; }

PulpValue pulp_integer(int64_t value) { return (PulpValue){.kind = PULP_INTEGER, .integer = value}; }

PulpValue pulp_number(double value) { return (PulpValue){.kind = PULP_NUMBER, .number = value}; }

PulpValue pulp_text(const char *value) {
    return value ? (PulpValue){.kind = PULP_TEXT, .length = (uint32_t)pulp_length(value), .text = value} : pulp_nil();
}

PulpValue pulp_blob(const void *bytes, size_t length) {
    return (PulpValue){.kind = PULP_BLOB, .length = (uint32_t)length, .blob = bytes};
}

PulpValue pulp_time(int64_t nanoseconds) { return (PulpValue){.kind = PULP_TIME, .integer = nanoseconds}; }

// ---- Records -------------------------------------------------------------------------------------------------------

// A key of a record, and where in a structure its value goes.
typedef enum { TEXT, OPTIONAL, BYTES, U64, U32, I64, I32, F64, BOOL, RAW, FIELDS } Shape;
typedef struct {
    const char *key;
    uint16_t offset;
    uint8_t length, shape;
} Member;
#define MEMBER(name, type, field, shape) {name, offsetof(type, field), sizeof(name) - 1, shape}
#define COUNT(array) (sizeof(array) / sizeof(array)[0])
// What follows: how to read one record, into what, by which members.
#define RECORD(members) members, COUNT(members)

typedef struct PulpRaw Raw;

static void take_member(PulpReader *r, const Member *member, uint8_t *into) {
    void *field = into + member->offset;
    uint32_t length;
    uint64_t word;
    int64_t number;
    switch ((Shape)member->shape) {
    case TEXT: case OPTIONAL: *(const char **)field = take_text(r, &length); break;
    case BYTES: *(PulpBytes *)field = pulp_read_bytes(r); break;
    case U64: *(uint64_t *)field = pulp_read_unsigned(r); break;
    case U32:
        *(uint32_t *)field = (uint32_t)(word = pulp_read_unsigned(r));
        r->failed |= word > UINT32_MAX;
        break;
    case I64: *(int64_t *)field = pulp_read_integer(r); break;
    case I32:
        *(int32_t *)field = (int32_t)(number = pulp_read_integer(r));
        r->failed |= number != (int32_t)number;
        break;
    case F64: *(double *)field = pulp_read_number(r); break;
    case BOOL: *(bool *)field = pulp_read_bool(r); break;
    case RAW: case FIELDS: {
        Raw raw = {(uint8_t *)r->at, NULL};
        if (pulp_left(r) && *r->at == 0x80) r->at++; // the usual empty map
        else pulp_read_skip(r);
        raw.end = (uint8_t *)r->at;
        if (member->shape == RAW) *(Raw *)field = raw;
        else ((PulpFields *)field)->raw = raw;
    }
    }
}

// The member whose key is read; NULL for a key that is none of them.
static const Member *other_member(PulpReader *r, const Member *members, uint32_t count) {
    PulpBytes key = pulp_read_bytes(r);
    for (const Member *member = members; member != members + count; member++)
        if (pulp_same(key, pulp_bytes(member->key, member->length))) return member;
    return NULL;
}

// Reads a map into a structure; unknown keys are passed over. False when it is none.
static bool take_members(PulpReader *r, const Member *members, uint32_t count, void *into) {
    uint32_t next = 0; // the host writes keys in the order of the members
    for (uint32_t pairs = pulp_read_map(r); pairs && !r->failed; pairs--) {
        const Member *found = &members[next];
        if (!take_word(r, found->key, found->length)) found = other_member(r, members, count);
        if (!found) {
            pulp_read_skip(r);
            continue;
        }
        take_member(r, found, into);
        next = found + 1 == members + count ? 0 : (uint32_t)(found + 1 - members);
    }
    return !r->failed;
}

// The same into a cleared structure: texts that are missing are empty.
static bool take_record(PulpReader *r, const Member *members, uint32_t count, void *into) {
    for (uint32_t i = 0; i < count; i++)
        if (members[i].shape == TEXT) *(const char **)((uint8_t *)into + members[i].offset) = "";
    return take_members(r, members, count, into);
}

static void read_fields(PulpFields *fields) {
    if (fields->is_read) return;
    fields->is_read = true;
    if (!fields->raw.at) return;
    PulpReader r = pulp_reader(fields->raw.at, (uint32_t)(fields->raw.end - fields->raw.at));
    bool is_list = pulp_left(&r) && ((*r.at & 0xf0) == 0x90 || *r.at == 0xdc || *r.at == 0xdd);
    uint32_t count = is_list ? pulp_read_array(&r) : pulp_read_map(&r);
    if (r.failed || count > pulp_left(&r)) return;
    fields->fields = scratch_many(count, sizeof(PulpField));
    is_lossy |= !fields->fields;
    if (!fields->fields) return;
    for (uint32_t i = 0; i < count; i++) {
        if (is_list && pulp_read_array(&r) != 2) return;
        PulpField *field = &fields->fields[i];
        field->name = take_text(&r, &field->name_length);
        field->value = take_text(&r, &field->value_length);
        if (r.failed) return;
        fields->count = i + 1;
    }
}

const PulpField *pulp_fields(PulpFields *fields, uint32_t *count) {
    read_fields(fields);
    *count = fields->count;
    return fields->fields;
}

const char *pulp_field(PulpFields *fields, const char *name) {
    read_fields(fields);
    for (uint32_t i = 0; i < fields->count; i++)
        if (pulp_equal(fields->fields[i].name, name)) return fields->fields[i].value;
    return NULL;
}

static char lower(char character) { return character >= 'A' && character <= 'Z' ? (char)(character | 0x20) : character; }

const char *pulp_field_any_case(PulpFields *fields, const char *name) {
    read_fields(fields);
    for (uint32_t i = 0; i < fields->count; i++) {
        const char *a = fields->fields[i].name, *b = name;
        while (*a && lower(*a) == lower(*b)) a++, b++;
        if (!*a && !*b) return fields->fields[i].value;
    }
    return NULL;
}

static void put_fields(PulpWriter *w, const PulpField *fields, uint32_t count) {
    pulp_write_map(w, count);
    for (uint32_t i = 0; i < count; i++) {
        put_string(w, fields[i].name);
        pulp_write_text(w, fields[i].value_length ? pulp_bytes(fields[i].value, fields[i].value_length) : pulp_bytes_of(fields[i].value));
    }
}

// ---- Asking the host -----------------------------------------------------------------------------------------------

// Begins a request: its writer `w`, with a record as put_record makes it, and `mark`, the memory of the step before it.
#define REQUEST(...) \
    PulpMark mark = pulp_mark(); \
    PulpWriter w = growing(0); \
    put_record(&w, __VA_ARGS__)

typedef int32_t (*Query)(const void *request, uint32_t length, void **response, uint32_t *response_length);
typedef int32_t (*Command)(const void *request, uint32_t length);

// Takes over the block of an answer, which is freed with the step.
static PulpStatus answered(PulpStatus status, void *block, uint32_t length, PulpBytes *answer) {
    *answer = pulp_bytes(block, block ? length : 0);
    if (!answer->length || adopt(block)) return status;
    pulp_release(block);
    *answer = pulp_bytes(NULL, 0);
    return PULP_NO_MEMORY;
}

// Both free the request, which was made since the mark.
static PulpStatus ask(Query import, PulpMark mark, const PulpWriter *request, PulpBytes *answer) {
    void *block = NULL;
    uint32_t length = 0;
    PulpStatus status = request->failed ? PULP_NO_MEMORY : import(request->start, pulp_written(request), &block, &length);
    pulp_rewind(mark);
    return answered(status, block, length, answer);
}

static PulpStatus order(Command import, PulpMark mark, const PulpWriter *request) {
    PulpStatus status = request->failed ? PULP_NO_MEMORY : import(request->start, pulp_written(request));
    pulp_rewind(mark);
    return status;
}

// The same, for an answer that is one record.
static PulpStatus ask_record(
    Query import, PulpMark mark, const PulpWriter *request, const Member *members, uint32_t count, void *into) {
    PulpBytes answer;
    PulpStatus status = ask(import, mark, request, &answer);
    PulpReader r = pulp_reader(answer.bytes, answer.length);
    if (status) return status;
    return take_record(&r, members, count, into) ? PULP_OK : PULP_MISUNDERSTOOD;
}

// Asks why something failed; false when the host says nothing.
static bool is_told(int32_t (*import)(void **, uint32_t *), const Member *members, uint32_t count, void *into) {
    void *block = NULL;
    uint32_t length = 0;
    PulpBytes answer;
    PulpStatus status = answered(import(&block, &length), block, length, &answer);
    PulpReader r = pulp_reader(answer.bytes, answer.length);
    return !status && answer.length && take_record(&r, members, count, into);
}

// Reads an array of records, each into `size` cleared bytes; no bytes are none.
static PulpStatus take_records(
    PulpBytes answer, const Member *members, uint32_t member_count, uint32_t size, const void **records, uint32_t *count) {
    *records = NULL;
    *count = 0;
    if (!answer.length) return PULP_OK;
    PulpReader r = pulp_reader(answer.bytes, answer.length);
    uint32_t all = pulp_read_array(&r);
    if (r.failed || all > pulp_left(&r)) return PULP_MISUNDERSTOOD;
    uint8_t *made = scratch_many(all, size);
    if (!made) return PULP_NO_MEMORY;
    __builtin_memset(made, 0, (size_t)all * size);
    for (uint32_t i = 0; i < all; i++)
        if (!take_record(&r, members, member_count, made + i * size)) return PULP_MISUNDERSTOOD;
    *records = made;
    *count = all;
    return PULP_OK;
}

// A record of one text: `{id}`, `{path}`.
static PulpStatus order_text(Command import, const char *key, const char *value) {
    REQUEST("s", key, value);
    return order(import, mark, &w);
}

static PulpStatus raw_order(Command import, const char *text) { return import(text, (uint32_t)pulp_length(text)); }

// ---- The plugin ----------------------------------------------------------------------------------------------------

// Who hears of events of one kind. Registering links it in, so that what is not registered is not in the module.
#define LITERAL(text) {(const uint8_t *)(text), sizeof(text) - 1}
typedef struct Receiver {
    PulpBytes kind;
    void (*deliver)(PulpReader *payload);
    struct Receiver *next;
    bool is_linked;
} Receiver;

static Receiver *receivers;
static void (*tick)(void), (*at_shutdown)(void);
static uint64_t now, step_number;
static int32_t output;
static bool is_configuring;
static char failure[512];
static uint32_t failure_length;

static void receive(Receiver *receiver) {
    if (receiver->is_linked) return;
    receiver->is_linked = true;
    receiver->next = receivers;
    receivers = receiver;
}

void pulp_on_event(const char *kind, void (*handler)(PulpReader *payload)) {
    Receiver *receiver = pulp_allocate(sizeof *receiver);
    if (!receiver) return pulp_fail("out of memory");
    *receiver = (Receiver){.kind = pulp_bytes_of(kind), .deliver = handler};
    receive(receiver);
}

void pulp_on_tick(void (*handler)(void)) { tick = handler; }

void pulp_on_shutdown(void (*handler)(void)) { at_shutdown = handler; }

uint64_t pulp_now(void) { return now; }

uint64_t pulp_step_number(void) { return step_number; }

void pulp_set_output(int32_t handle) { output = handle; }

void pulp_fail(const char *format, ...) {
    if (failure_length) return;
    PulpMark mark = pulp_mark();
    va_list arguments;
    va_start(arguments, format);
    const char *sentence = pulp_vformat(format, arguments);
    va_end(arguments);
    if (!sentence || !*sentence) sentence = "the plugin cannot start";
    failure_length = (uint32_t)pulp_length(sentence);
    if (failure_length > sizeof failure) {
        failure_length = sizeof failure;
        // Not in the middle of a character.
        while (failure_length && ((uint8_t)sentence[failure_length] & 0xc0) == 0x80) failure_length--;
    }
    __builtin_memcpy(failure, sentence, failure_length);
    pulp_rewind(mark);
}

const char *pulp_runtime_error(uint32_t *length) {
    *length = failure_length;
    return failure_length ? failure : NULL;
}

// A registration that the host refuses fails the start.
static PulpStatus registered(PulpStatus status, const char *what, const char *pattern, const char *capability) {
    if (status == PULP_OK || !is_configuring) return status;
    if (status == PULP_NOT_GRANTED)
        pulp_fail("%s %s: the manifest does not list \"%s\" in capabilities", what, pattern, capability);
    else
        pulp_fail(
            "%s %s was refused (status %d): %s", what, pattern, (int)status,
            status == PULP_FAILED ? "it is invalid, or another plugin has taken it" : pulp_status_text(status));
    return status;
}

int32_t pulp_runtime_init(const uint8_t *config, uint32_t length, void (*configure)(PulpConfig config)) {
#ifndef __wasi__
    extern void __wasm_call_ctors(void);
    __wasm_call_ctors();
#endif
    enum { deepest = 64 };
    PulpConfig top = {NULL, 0, ""};
    is_configuring = true;
    if (length) {
        PulpReader r = pulp_reader(pulp_scratch(length), length);
        PulpValue table = {.kind = PULP_NIL};
        if (r.at) {
            __builtin_memcpy((uint8_t *)r.at, config, length);
            table = take_value(&r, deepest);
        }
        if (!r.at || r.failed || table.kind != PULP_TABLE) pulp_fail("the configuration cannot be read");
        else top = (PulpConfig){table.entries, table.length, ""};
    }
    if (!failure_length) configure(top);
    is_configuring = false;
    // What was made so far stays; from here on each step has its memory to itself.
    scratch.at = first_chunk;
    scratch.end = first_chunk + first_size;
    scratch.chunk = NULL;
    scratch.adopted = NULL;
    return failure_length ? 1 : 0;
}

// What a step returns when it got no event: the application sees it, nobody else.
enum { broken_envelope = 1, broken_event = 2, broken_payload = 3 };

static int32_t deliver(PulpReader payload, PulpBytes kind) {
    for (Receiver *receiver = receivers; receiver; receiver = receiver->next) {
        if (!pulp_same(kind, receiver->kind)) continue;
        receiver->deliver(&payload);
        return payload.failed ? broken_payload : output;
    }
    return 0;
}

static int32_t read_event(PulpEnvelope envelope) {
    PulpReader r = pulp_reader(envelope.payload, envelope.payload_length), payload = {0};
    PulpBytes kind = {NULL, 0};
    for (uint32_t pairs = pulp_read_map(&r); pairs && !r.failed; pairs--) {
        PulpBytes key = pulp_read_bytes(&r);
        if (pulp_same(key, PULP_BYTES("kind"))) kind = pulp_read_bytes(&r);
        else if (pulp_same(key, PULP_BYTES("payload"))) {
            payload = r;
            // The host writes the kind first: nothing has to be stepped over.
            if (kind.bytes) break;
            pulp_read_skip(&r);
        } else {
            pulp_read_skip(&r);
        }
    }
    if (r.failed || !kind.bytes || !payload.at) return broken_event;
    return deliver(payload, kind);
}

int32_t pulp_runtime_step(uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (!pulp_envelope(bytes, length, &envelope)) return broken_envelope;
    PulpMark mark = pulp_mark();
    is_lossy = false;
    now = envelope.wall_time;
    step_number = envelope.call_number;
    output = 0;
    int32_t result = 0;
    if (envelope.payload_length) {
        result = read_event(envelope);
    } else if (tick) {
        tick();
        result = output;
    }
    pulp_rewind(mark);
    return result;
}

int32_t pulp_runtime_shutdown(void) {
    output = 0;
    if (at_shutdown) at_shutdown();
    return output;
}

// ---- Configuration -------------------------------------------------------------------------------------------------

const PulpValue *pulp_config_value(PulpConfig config, const char *key) {
    for (uint32_t i = 0; i < config.count; i++)
        if (pulp_equal(config.entries[i].name, key)) return &config.entries[i].value;
    return NULL;
}

// Where values are looked for, for the sentence about one of another type.
static const char *values_are_in = "[config] of the manifest";

static const PulpValue *config_of(PulpConfig config, const char *key, PulpKind kind, const char *words) {
    const PulpValue *value = pulp_config_value(config, key);
    if (!value || value->kind == kind) return value;
    pulp_fail("%s%s in %s is not %s", config.path, key, values_are_in, words);
    return NULL;
}

const char *pulp_config_text(PulpConfig config, const char *key, const char *otherwise) {
    const PulpValue *value = config_of(config, key, PULP_TEXT, "a text");
    return value ? value->text : otherwise;
}

int64_t pulp_config_integer(PulpConfig config, const char *key, int64_t otherwise) {
    const PulpValue *value = config_of(config, key, PULP_INTEGER, "an integer");
    return value ? value->integer : otherwise;
}

double pulp_config_number(PulpConfig config, const char *key, double otherwise) {
    const PulpValue *value = pulp_config_value(config, key);
    if (value && value->kind == PULP_INTEGER) return (double)value->integer;
    value = config_of(config, key, PULP_NUMBER, "a number");
    return value ? value->number : otherwise;
}

bool pulp_config_bool(PulpConfig config, const char *key, bool otherwise) {
    const PulpValue *value = config_of(config, key, PULP_BOOL, "true or false");
    return value ? value->boolean : otherwise;
}

int64_t pulp_config_integer_in(PulpConfig config, const char *key, int64_t least, int64_t most, int64_t otherwise) {
    int64_t value = pulp_config_integer(config, key, otherwise);
    if (!pulp_config_value(config, key) || (value >= least && value <= most)) return value;
    pulp_fail(
        "%s%s in [config] of the manifest is %lld, not from %lld to %lld", config.path, key, (long long)value, (long long)least,
        (long long)most);
    return otherwise;
}

bool pulp_config_require(PulpConfig config, const char *key) {
    if (pulp_config_value(config, key)) return true;
    pulp_fail("%s%s is missing in [config] of the manifest", config.path, key);
    return false;
}

bool pulp_config_only(PulpConfig config, const char *const *keys, uint32_t count) {
    for (uint32_t i = 0; i < config.count; i++) {
        uint32_t known = 0;
        while (known < count && !pulp_equal(config.entries[i].name, keys[known])) known++;
        if (known < count) continue;
        PulpString sentence = {0};
        pulp_append(&sentence, "%s%s in [config] of the manifest is no setting of this plugin", config.path, config.entries[i].name);
        for (known = 0; known < count; known++) pulp_append(&sentence, "%s%s", known ? ", " : "; it has ", keys[known]);
        pulp_fail("%s", sentence.text ? sentence.text : "out of memory");
        return false;
    }
    return true;
}

PulpConfig pulp_config_table(PulpConfig config, const char *key) {
    const PulpValue *value = config_of(config, key, PULP_TABLE, "a table");
    const char *path = pulp_format("%s%s.", config.path, key);
    return (PulpConfig){value ? value->entries : NULL, value ? value->length : 0, path ? path : ""};
}

uint32_t pulp_config_texts(PulpConfig config, const char *key, const char *const **items) {
    const PulpValue *value = config_of(config, key, PULP_LIST, "a list of texts");
    *items = NULL;
    if (!value) return 0;
    const char **texts = scratch_many(value->length, sizeof *texts);
    if (!texts) return pulp_fail("out of memory"), 0;
    for (uint32_t i = 0; i < value->length; i++) {
        if (value->items[i].kind != PULP_TEXT) {
            pulp_fail("%s%s in %s is not a list of texts", config.path, key, values_are_in);
            return 0;
        }
        texts[i] = value->items[i].text;
    }
    *items = texts;
    return value->length;
}

// ---- Functions ------------------------------------------------------------------------------------------------------

// What pulp_on_call returns, as other SDKs number it.
enum { no_name = 1, no_function = 10, function_failed = 11 };

static bool take_arguments(PulpCall *call, const uint8_t *bytes, uint32_t length) {
    enum { deepest = 64 };
    if (!length) return true;
    PulpReader r = pulp_reader(pulp_scratch(length), length);
    if (!r.at) return false;
    __builtin_memcpy((uint8_t *)r.at, bytes, length);
    call->value = take_value(&r, deepest);
    if (call->value.kind == PULP_TABLE) call->arguments = (PulpConfig){call->value.entries, call->value.length, ""};
    return !r.failed;
}

// The host frees the answer, which so does not lie in the memory of the step.
static bool give_answer(PulpValue value, void **answer, uint32_t *length) {
    PulpWriter w = growing(64);
    put_value(&w, value);
    uint32_t count = pulp_written(&w);
    *answer = w.failed ? NULL : pulp_allocate(count);
    if (!*answer) return false;
    __builtin_memcpy(*answer, w.start, count);
    *length = count;
    return true;
}

int32_t pulp_runtime_call(
    const PulpNamedFunction *functions, uint32_t count, PulpBytes name, PulpBytes arguments, void **answer,
    uint32_t *length) {
    PulpCall call = {{NULL, 0, ""}, {.kind = PULP_NIL}};
    failure_length = 0;
    values_are_in = "the arguments";
    if (!name.length) return no_name;
    while (count && !pulp_same(name, pulp_bytes_of(functions->name))) functions++, count--;
    if (!count) return no_function;
    PulpMark mark = pulp_mark();
    if (take_arguments(&call, arguments.bytes, arguments.length)) {
        PulpValue value = functions->function(&call);
        if (!failure_length && !give_answer(value, answer, length)) pulp_fail("out of memory");
    } else {
        pulp_fail("the arguments cannot be read");
    }
    pulp_rewind(mark);
    return failure_length ? function_failed : 0;
}

// ---- Log, randomness -----------------------------------------------------------------------------------------------

PulpStatus pulp_log_fields(int level, const char *message, const PulpEntry *fields, uint32_t count) {
    if (!message) return PULP_NO_MEMORY;
    REQUEST("us", "level", (uint64_t)level, "message", message);
    if (count) {
        put_key(&w, 0, "fields");
        put_value(&w, (PulpValue){.kind = PULP_TABLE, .length = count, .entries = fields});
    }
    return order(log_write, mark, &w);
}

PulpStatus pulp_log(int level, const char *format, ...) {
    PulpMark mark = pulp_mark();
    va_list arguments;
    va_start(arguments, format);
    PulpStatus status = pulp_log_fields(level, pulp_vformat(format, arguments), NULL, 0);
    va_end(arguments);
    pulp_rewind(mark);
    return status;
}

PulpStatus pulp_random(void *bytes, size_t count) {
    static const Member members[] = {{"bytes", 0, 5, BYTES}};
    enum { most = 65536 };
    uint8_t *at = bytes;
    while (count) {
        size_t part = count < most ? count : most;
        PulpBytes random = {NULL, 0};
        PulpMark mark = pulp_mark();
        PulpWriter w = growing(0);
        put_record(&w, "u", "n", (uint64_t)part);
        PulpStatus status = ask_record(entropy_read, mark, &w, RECORD(members), &random);
        if (!status && random.length != part) status = PULP_MISUNDERSTOOD;
        if (!status) __builtin_memcpy(at, random.bytes, part);
        pulp_rewind(mark);
        if (status) return status;
        at += part;
        count -= part;
    }
    return PULP_OK;
}

// ---- transport.http.inbound ----------------------------------------------------------------------------------------

typedef struct Route {
    struct Route *next;
    const char *method, *pattern;
    PulpHandler handler;
} Route;

// A header of the answer, or a cookie, whose name is NULL.
typedef struct PulpAdded {
    struct PulpAdded *next;
    const char *name, *value;
} PulpAdded;

static Route *routes, **last_route = &routes;

// How a segment of a pattern is preferred where several routes match: a literal, then `:name`, then `*name`.
static int rank(const char *segment) { return *segment == ':' ? 1 : *segment == '*' ? 0 : 2; }

static const char *segment_end(const char *segment) {
    while (*segment && *segment != '/') segment++;
    return segment;
}

// The host says which request came, not which pattern it matched, so the path is matched here once more.
static bool matches(const char *pattern, const char *path) {
    for (;;) {
        if (*pattern != '/') return !*pattern && !*path;
        pattern++;
        if (*pattern == '*') return true;
        if (*path != '/') return false;
        path++;
        if (*pattern == ':') {
            pattern = segment_end(pattern);
            path = segment_end(path);
            continue;
        }
        while (*pattern && *pattern != '/')
            if (*pattern++ != *path++) return false;
        if (*path && *path != '/') return false;
    }
}

// Whether `a` is to be preferred to `b`, both matching the same path.
static bool is_more_specific(const char *a, const char *b) {
    while (*a == '/' && *b == '/') {
        a++, b++;
        if (rank(a) != rank(b)) return rank(a) > rank(b);
        a = segment_end(a);
        b = segment_end(b);
    }
    return !*a && *b;
}

static Route *route_for(const char *method, const char *path) {
    Route *best = NULL;
    for (Route *route = routes; route; route = route->next) {
        if (!pulp_equal(route->method, method) || !matches(route->pattern, path)) continue;
        if (!best || is_more_specific(route->pattern, best->pattern)) best = route;
    }
    return best;
}

static void deliver_request(PulpReader *payload) {
    static const Member members[] = {
        MEMBER("id", PulpRequest, id, U64),
        MEMBER("method", PulpRequest, method, TEXT),
        MEMBER("path", PulpRequest, path, TEXT),
        MEMBER("params", PulpRequest, params, FIELDS),
        MEMBER("query", PulpRequest, query, FIELDS),
        MEMBER("headers", PulpRequest, headers, FIELDS),
        MEMBER("body", PulpRequest, body, BYTES),
        MEMBER("remote_addr", PulpRequest, remote_address, TEXT),
        MEMBER("host", PulpRequest, host, OPTIONAL),
        MEMBER("header_list", PulpRequest, header_list, FIELDS),
        MEMBER("query_list", PulpRequest, query_list, FIELDS),
    };
    PulpRequest request = {.method = "", .path = "", .remote_address = ""};
    if (!take_members(payload, RECORD(members), &request)) return;
    Route *route = route_for(request.method, request.path);
    // A HEAD that has no route of its own is a GET.
    if (!route && pulp_equal(request.method, "HEAD")) route = route_for("GET", request.path);
    if (route) route->handler(&request);
}

PulpStatus pulp_route(const char *method, const char *pattern, PulpHandler handler) {
    static Receiver receiver = {.kind = LITERAL("http.request"), .deliver = deliver_request};
    PulpMark mark = pulp_mark();
    PulpWriter w = growing(0);
    put_record(&w, "ss", "method", method, "path", pattern);
    PulpStatus status = order(http_register, mark, &w);
    if (status) return registered(status, method, pattern, "transport.http.inbound");
    // Its texts may be of this step.
    uint32_t method_size = (uint32_t)pulp_length(method) + 1, pattern_size = (uint32_t)pulp_length(pattern) + 1;
    Route *route = pulp_allocate(sizeof *route + method_size + pattern_size);
    if (!route) return registered(PULP_NO_MEMORY, method, pattern, "");
    char *texts = (char *)(route + 1);
    __builtin_memcpy(texts, method, method_size);
    __builtin_memcpy(texts + method_size, pattern, pattern_size);
    *route = (Route){NULL, texts, texts + method_size, handler};
    *last_route = route;
    last_route = &route->next;
    receive(&receiver);
    return PULP_OK;
}

PulpStatus pulp_listen(const char *address) {
    return registered(order_text(http_listen, "addr", address), "listening on", address, "transport.http.inbound");
}

const char *pulp_param(PulpRequest *request, const char *name) {
    const char *value = pulp_field(&request->params, name);
    return value ? value : "";
}

const char *pulp_query(PulpRequest *request, const char *name) { return pulp_field(&request->query, name); }

const char *pulp_header(PulpRequest *request, const char *name) { return pulp_field_any_case(&request->headers, name); }

const char *pulp_body_text(PulpRequest *request) { return pulp_copy_text(request->body); }

const PulpField *pulp_headers(PulpRequest *request, uint32_t *count) {
    const PulpField *all = pulp_fields(&request->header_list, count);
    return *count ? all : pulp_fields(&request->headers, count);
}

const PulpField *pulp_queries(PulpRequest *request, uint32_t *count) {
    const PulpField *all = pulp_fields(&request->query_list, count);
    return *count ? all : pulp_fields(&request->query, count);
}

static PulpStatus add(PulpRequest *request, const char *name, const char *value) {
    if (!value) return PULP_EMPTY;
    PulpAdded *added = pulp_scratch(sizeof *added);
    // An answer without it would say something else than was meant.
    if (!added) return is_lossy = true, PULP_NO_MEMORY;
    *added = (PulpAdded){NULL, name, value};
    PulpAdded **link = &request->added;
    while (*link) link = &(*link)->next;
    *link = added;
    return PULP_OK;
}

PulpStatus pulp_add_header(PulpRequest *request, const char *name, const char *value) {
    return add(request, name, name ? value : NULL);
}

PulpStatus pulp_add_cookie(PulpRequest *request, const char *cookie) { return add(request, NULL, cookie); }

// Headers as a map, which every host knows, unless there may be two of a name.
static void put_headers(PulpWriter *w, const PulpRequest *request, PulpBytes type) {
    uint32_t headers = type.bytes ? 1 : 0, cookies = 0;
    bool repeats = false;
    for (const PulpAdded *added = request->added; added; added = added->next) {
        if (!added->name) {
            cookies++;
            continue;
        }
        headers++;
        repeats |= headers > 8;
        for (const PulpAdded *other = added->next; other && !repeats; other = other->next)
            repeats = other->name && pulp_equal(added->name, other->name);
    }
    if (headers) {
        add_key(w, repeats ? PULP_BYTES("header_list") : PULP_BYTES("headers"));
        if (repeats) pulp_write_array(w, headers);
        else pulp_write_map(w, headers);
        if (type.bytes && repeats) pulp_write_array(w, 2);
        if (type.bytes) {
            pulp_write_text(w, PULP_BYTES("Content-Type"));
            pulp_write_text(w, type);
        }
    }
    for (const PulpAdded *added = request->added; headers && added; added = added->next) {
        if (!added->name) continue;
        if (repeats) pulp_write_array(w, 2);
        put_string(w, added->name);
        put_string(w, added->value);
    }
    if (!cookies) return;
    add_key(w, PULP_BYTES("cookies"));
    pulp_write_array(w, cookies);
    for (const PulpAdded *added = request->added; added; added = added->next)
        if (!added->name) put_string(w, added->value);
}

// Begins the record of an answer: two keys, up to where the third may follow.
static void begin_answer(PulpWriter *w, uint64_t id, uint32_t status) {
    static const uint8_t start[] = "\x82\xa2id\xcf--------\xa6status\xce----";
    enum { length = sizeof start - 1, id_at = 5, status_at = 21 };
    if (!has_bytes(w, length)) return;
    __builtin_memcpy(w->at, start, length);
    id = __builtin_bswap64(id);
    status = __builtin_bswap32(status);
    __builtin_memcpy(w->at + id_at, &id, sizeof id);
    __builtin_memcpy(w->at + status_at, &status, sizeof status);
    w->at += length;
}

// The answer where no other can be made: it needs no memory.
static PulpStatus respond_out_of_memory(PulpRequest *request) {
    uint8_t record[64];
    PulpWriter w = pulp_writer(record, sizeof record);
    begin_answer(&w, request->id, 500);
    add_key(&w, PULP_BYTES("body"));
    pulp_write_binary(&w, PULP_BYTES("out of memory\n"));
    if (!w.failed && !http_respond(record, pulp_written(&w))) request->is_answered = true;
    return PULP_NO_MEMORY;
}

static PulpStatus respond(PulpRequest *request, uint32_t status, PulpBytes type, PulpBytes body) {
    if (is_lossy) return respond_out_of_memory(request);
    PulpMark mark = pulp_mark();
    PulpWriter w = growing(body.length < 0x7fffff00 ? body.length + 160 : 0xffffffff);
    begin_answer(&w, request->id, status);
    put_headers(&w, request, type);
    add_key(&w, PULP_BYTES("body"));
    pulp_write_binary(&w, body);
    PulpStatus answer = order(http_respond, mark, &w);
    if (answer == PULP_NO_MEMORY) return respond_out_of_memory(request);
    request->is_answered |= answer == PULP_OK;
    return answer;
}

PulpStatus pulp_respond(PulpRequest *request, uint32_t status, const char *type, const void *body, size_t length) {
    return respond(request, status, pulp_bytes_of(type), pulp_bytes(body, length));
}

static PulpStatus respond_as(PulpRequest *request, uint32_t status, PulpBytes type, const char *text) {
    return text ? respond(request, status, type, pulp_bytes_of(text)) : respond_out_of_memory(request);
}

PulpStatus pulp_respond_text(PulpRequest *request, uint32_t status, const char *text) {
    return respond_as(request, status, PULP_BYTES("text/plain; charset=utf-8"), text);
}

PulpStatus pulp_respond_html(PulpRequest *request, uint32_t status, const char *html) {
    return respond_as(request, status, PULP_BYTES("text/html; charset=utf-8"), html);
}

PulpStatus pulp_respond_json(PulpRequest *request, uint32_t status, const char *json) {
    return respond_as(request, status, PULP_BYTES("application/json"), json);
}

PulpStatus pulp_respond_empty(PulpRequest *request, uint32_t status) {
    return pulp_respond(request, status, NULL, NULL, 0);
}

PulpStatus pulp_defer(PulpRequest *request) {
    return http_defer((uint32_t)request->id, (uint32_t)(request->id >> 32));
}

PulpRequest *pulp_deferred(uint64_t id) {
    static PulpRequest spare;
    PulpRequest *request = pulp_scratch(sizeof *request);
    if (!request) request = &spare; // good for the answer that memory is out
    *request = (PulpRequest){.id = id, .method = "", .path = "", .remote_address = ""};
    return request;
}

// ---- transport.http.outbound ---------------------------------------------------------------------------------------

static const Member fetched_members[] = {
    MEMBER("id", PulpFetched, stream, U64),
    MEMBER("status", PulpFetched, status, U32),
    MEMBER("headers", PulpFetched, headers, FIELDS),
    MEMBER("body", PulpFetched, body, BYTES),
    MEMBER("header_list", PulpFetched, header_list, FIELDS),
};

static PulpStatus fetch(Query import, const PulpFetch *request, PulpFetched *answer) {
    *answer = (PulpFetched){0};
    PulpMark mark = pulp_mark();
    PulpWriter w = growing(request->body.length < 0x7fffff00 ? request->body.length + 256 : 0xffffffff);
    bool has_body = request->body.length > 0;
    uint64_t most = UINT64_MAX / 2000000;
    uint64_t timeout_ms = request->timeout_ms < most ? request->timeout_ms : most;
    put_record(
        &w, "SsBU", "method", request->method, "url", request->url, "body", has_body ? &request->body : NULL, "timeout",
        timeout_ms * 1000000);
    if (request->header_count) {
        put_key(&w, 0, "header_list");
        pulp_write_array(&w, request->header_count);
        for (uint32_t i = 0; i < request->header_count; i++) {
            pulp_write_array(&w, 2);
            put_string(&w, request->headers[i].name);
            put_string(&w, request->headers[i].value);
        }
    }
    return ask_record(import, mark, &w, RECORD(fetched_members), answer);
}

PulpStatus pulp_fetch(const PulpFetch *request, PulpFetched *answer) { return fetch(http_fetch, request, answer); }

PulpStatus pulp_fetch_url(const char *url, PulpFetched *answer) {
    return fetch(http_fetch, &(PulpFetch){.url = url}, answer);
}

const char *pulp_fetched_header(PulpFetched *answer, const char *name) {
    return pulp_field_any_case(&answer->headers, name);
}

PulpStatus pulp_fetch_begin(const PulpFetch *request, PulpFetched *answer) {
    // Where its parts will be, one after the other: made now, so that no mark set later takes it away.
    Adopted *part = adopt(NULL);
    *answer = (PulpFetched){0};
    if (!part) return PULP_NO_MEMORY;
    PulpStatus status = fetch(http_fetch_begin, request, answer);
    answer->part = part;
    answer->step = step_number;
    return status;
}

// Frees the block that is there, and keeps another one.
static void replace(Adopted *adopted, void *block) {
    pulp_release(adopted->block);
    adopted->block = block;
}

PulpStatus pulp_fetch_read(PulpFetched *answer, uint32_t most, PulpBytes *part, bool *ended) {
    typedef struct {
        PulpBytes bytes, error;
        bool is_end;
    } Part;
    static const Member members[] = {
        MEMBER("bytes", Part, bytes, BYTES),
        MEMBER("eof", Part, is_end, BOOL),
        MEMBER("err", Part, error, BYTES),
    };
    *part = pulp_bytes(NULL, 0);
    *ended = true;
    void *block = NULL;
    uint32_t length = 0;
    if (!answer->part) return PULP_NO_SUCH_HANDLE; // not of pulp_fetch_begin
    // A stream may be kept from step to step; its part went with the step that had it.
    if (answer->step != step_number) {
        Adopted *fresh = adopt(NULL);
        if (!fresh) return PULP_NO_MEMORY;
        answer->part = fresh;
        answer->step = step_number;
    }
    replace(answer->part, NULL);
    PulpStatus status = http_fetch_read((uint32_t)answer->stream, (uint32_t)(answer->stream >> 32), most, &block, &length);
    replace(answer->part, block);
    if (status) return status;
    Part next = {0};
    PulpReader r = pulp_reader(block, length);
    if (!take_record(&r, RECORD(members), &next)) return PULP_MISUNDERSTOOD;
    *part = next.error.length ? next.error : next.bytes;
    *ended = next.is_end || next.error.length;
    return next.error.length ? PULP_BROKEN : PULP_OK;
}

void pulp_fetch_close(PulpFetched *answer) {
    if (answer->stream) http_fetch_close((uint32_t)answer->stream, (uint32_t)(answer->stream >> 32));
    answer->stream = 0;
}

PulpStatus pulp_respond_stream(PulpRequest *request, uint32_t status, const char *type, PulpFetched *answer) {
    if (is_lossy) return respond_out_of_memory(request);
    PulpMark mark = pulp_mark();
    PulpWriter w = growing(0);
    put_record(&w, "uuu", "id", request->id, "stream_id", answer->stream, "status", (uint64_t)status);
    put_headers(&w, request, pulp_bytes_of(type));
    PulpStatus result = order(http_respond_stream, mark, &w);
    if (result) return result;
    request->is_answered = true;
    answer->stream = 0;
    return PULP_OK;
}

PulpFetchError pulp_fetch_error(void) {
    static const Member members[] = {
        MEMBER("code", PulpFetchError, code, TEXT),
        MEMBER("message", PulpFetchError, message, TEXT),
        MEMBER("allow", PulpFetchError, allow, TEXT),
    };
    PulpFetchError error = {"", "", ""};
    return is_told(http_fetch_error, RECORD(members), &error) ? error : (PulpFetchError){"", "", ""};
}

// ---- transport.ws.inbound ------------------------------------------------------------------------------------------

static void (*on_open)(PulpSocketOpened *), (*on_message)(PulpMessage *), (*on_close)(PulpSocketClosed *);

static void deliver_open(PulpReader *payload) {
    static const Member members[] = {
        MEMBER("conn_id", PulpSocketOpened, connection, U64),
        MEMBER("path", PulpSocketOpened, path, TEXT),
        MEMBER("query", PulpSocketOpened, query, FIELDS),
        MEMBER("headers", PulpSocketOpened, headers, FIELDS),
        MEMBER("params", PulpSocketOpened, params, FIELDS),
        MEMBER("remote_addr", PulpSocketOpened, remote_address, TEXT),
        MEMBER("protocol", PulpSocketOpened, protocol, TEXT),
    };
    PulpSocketOpened opened = {0};
    if (take_record(payload, RECORD(members), &opened)) on_open(&opened);
}

static void deliver_frame(PulpReader *payload) {
    typedef struct {
        uint64_t connection, opcode;
        PulpBytes payload;
    } Frame;
    static const Member members[] = {
        MEMBER("conn_id", Frame, connection, U64),
        MEMBER("opcode", Frame, opcode, U64),
        MEMBER("payload", Frame, payload, BYTES),
    };
    Frame frame = {0};
    if (!take_record(payload, RECORD(members), &frame)) return;
    on_message(&(PulpMessage){frame.connection, frame.opcode == 1, frame.payload});
}

static void deliver_close(PulpReader *payload) {
    static const Member members[] = {
        MEMBER("conn_id", PulpSocketClosed, connection, U64),
        MEMBER("code", PulpSocketClosed, code, U32),
        MEMBER("reason", PulpSocketClosed, reason, TEXT),
    };
    PulpSocketClosed closed = {0};
    if (take_record(payload, RECORD(members), &closed)) on_close(&closed);
}

PulpStatus pulp_websocket(const char *pattern) {
    return registered(raw_order(ws_register, pattern), "WebSockets on", pattern, "transport.ws.inbound");
}

void pulp_on_open(void (*handler)(PulpSocketOpened *opened)) {
    static Receiver receiver = {.kind = LITERAL("ws.open"), .deliver = deliver_open};
    on_open = handler;
    receive(&receiver);
}

void pulp_on_message(void (*handler)(PulpMessage *message)) {
    static Receiver receiver = {.kind = LITERAL("ws.frame"), .deliver = deliver_frame};
    on_message = handler;
    receive(&receiver);
}

void pulp_on_close(void (*handler)(PulpSocketClosed *closed)) {
    static Receiver receiver = {.kind = LITERAL("ws.close"), .deliver = deliver_close};
    on_close = handler;
    receive(&receiver);
}

const char *pulp_message_text(PulpMessage *message) { return pulp_copy_text(message->payload); }

static uint64_t opcode(bool is_text) { return is_text ? 1 : 2; }

PulpStatus pulp_send(uint64_t connection, bool is_text, PulpBytes payload) {
    PulpMark mark = pulp_mark();
    PulpWriter w = growing(payload.length < 0x7fffff00 ? payload.length + 64 : 0xffffffff);
    put_record(&w, "uub", "conn_id", connection, "opcode", opcode(is_text), "payload", &payload);
    return order(ws_send, mark, &w);
}

PulpStatus pulp_send_text(uint64_t connection, const char *text) {
    return text ? pulp_send(connection, true, pulp_bytes_of(text)) : PULP_NO_MEMORY;
}

PulpStatus pulp_send_many(const uint64_t *connections, uint32_t count, bool is_text, PulpBytes payload, uint32_t *failed) {
    typedef struct {
        Raw failed;
    } Sent;
    static const Member members[] = {MEMBER("failed", Sent, failed, RAW)};
    Sent sent = {{NULL, NULL}};
    PulpMark mark = pulp_mark();
    uint64_t room = (uint64_t)count * 9 + payload.length + 96;
    PulpWriter w = growing(room < 0x7fffff00 ? (uint32_t)room : 0xffffffff);
    put_record(&w, "ub", "opcode", opcode(is_text), "payload", &payload);
    put_key(&w, 0, "conn_ids");
    pulp_write_array(&w, count);
    for (uint32_t i = 0; i < count && !w.failed; i++) pulp_write_unsigned(&w, connections[i]);
    PulpStatus status = ask_record(ws_send_many, mark, &w, RECORD(members), &sent);
    PulpReader r = pulp_reader(sent.failed.at, (uint32_t)(sent.failed.end - sent.failed.at));
    uint32_t number = sent.failed.at ? pulp_read_array(&r) : 0;
    pulp_rewind(mark);
    if (failed) *failed = status ? count : number;
    return status;
}

PulpStatus pulp_close(uint64_t connection, uint32_t code, const char *reason) {
    REQUEST("uus", "conn_id", connection, "code", (uint64_t)code, "reason", reason);
    return order(ws_close, mark, &w);
}

// ---- transport.sse -------------------------------------------------------------------------------------------------

static void (*on_subscribe)(PulpSubscribed *), (*on_unsubscribe)(PulpUnsubscribed *);

static void deliver_subscribe(PulpReader *payload) {
    static const Member members[] = {
        MEMBER("subscriber_id", PulpSubscribed, subscriber, U64),
        MEMBER("path", PulpSubscribed, path, TEXT),
        MEMBER("params", PulpSubscribed, params, FIELDS),
        MEMBER("query", PulpSubscribed, query, FIELDS),
        MEMBER("last_event_id", PulpSubscribed, last_event_id, OPTIONAL),
        MEMBER("remote_addr", PulpSubscribed, remote_address, TEXT),
    };
    PulpSubscribed subscribed = {0};
    if (take_record(payload, RECORD(members), &subscribed)) on_subscribe(&subscribed);
}

static void deliver_unsubscribe(PulpReader *payload) {
    static const Member members[] = {
        MEMBER("subscriber_id", PulpUnsubscribed, subscriber, U64),
        MEMBER("path", PulpUnsubscribed, path, TEXT),
        MEMBER("reason", PulpUnsubscribed, reason, TEXT),
    };
    PulpUnsubscribed unsubscribed = {0};
    if (take_record(payload, RECORD(members), &unsubscribed)) on_unsubscribe(&unsubscribed);
}

void pulp_on_subscribe(void (*handler)(PulpSubscribed *subscribed)) {
    static Receiver receiver = {.kind = LITERAL("sse.subscribe"), .deliver = deliver_subscribe};
    on_subscribe = handler;
    receive(&receiver);
}

void pulp_on_unsubscribe(void (*handler)(PulpUnsubscribed *unsubscribed)) {
    static Receiver receiver = {.kind = LITERAL("sse.unsubscribe"), .deliver = deliver_unsubscribe};
    on_unsubscribe = handler;
    receive(&receiver);
}

PulpStatus pulp_events(const char *pattern) {
    return registered(raw_order(sse_register, pattern), "events on", pattern, "transport.sse");
}

PulpStatus pulp_emit_event(const char *path, const char *id, const char *event, const char *data) {
    if (!data) return PULP_NO_MEMORY;
    REQUEST("sSSs", "path", path, "id", id, "event", event, "data", data);
    return order(sse_emit, mark, &w);
}

PulpStatus pulp_emit(const char *path, const char *data) { return pulp_emit_event(path, NULL, NULL, data); }

uint32_t pulp_subscribers(const char *path) {
    uint32_t count = 0;
    return sse_has_subscribers(path, (uint32_t)pulp_length(path), &count) ? 0 : count;
}

// ---- storage.fs ----------------------------------------------------------------------------------------------------

static const Member file_members[] = {
    MEMBER("name", PulpFile, name, TEXT),
    MEMBER("size", PulpFile, size, I64),
    MEMBER("mod_time_ns", PulpFile, modified_ns, I64),
    MEMBER("mode", PulpFile, mode, U32),
    MEMBER("is_dir", PulpFile, is_folder, BOOL),
};

static PulpStatus raw_ask(Query import, const char *text, PulpBytes *answer) {
    void *block = NULL;
    uint32_t length = 0;
    PulpStatus status = import(text, (uint32_t)pulp_length(text), &block, &length);
    return answered(status, block, length, answer);
}

PulpStatus pulp_file_read(const char *path, PulpBytes *bytes) { return raw_ask(fs_read, path, bytes); }

PulpStatus pulp_file_write(const char *path, PulpBytes bytes) {
    return fs_write(path, (uint32_t)pulp_length(path), bytes.bytes, bytes.length, NULL, 0);
}

PulpStatus pulp_file_write_mode(const char *path, PulpBytes bytes, uint32_t mode) {
    REQUEST("u", "mode", (uint64_t)mode);
    PulpStatus status =
        w.failed ? PULP_NO_MEMORY
                 : fs_write(path, (uint32_t)pulp_length(path), bytes.bytes, bytes.length, w.start, pulp_written(&w));
    pulp_rewind(mark);
    return status;
}

PulpStatus pulp_file_read_at(const char *path, uint64_t offset, uint32_t most, PulpBytes *bytes) {
    REQUEST("suu", "path", path, "offset", offset, "max", (uint64_t)most);
    return ask(fs_read_at, mark, &w, bytes);
}

PulpStatus pulp_file_write_at(const char *path, uint64_t offset, PulpBytes bytes) {
    REQUEST("su", "path", path, "offset", offset);
    PulpStatus status = w.failed ? PULP_NO_MEMORY : fs_write_at(w.start, pulp_written(&w), bytes.bytes, bytes.length);
    pulp_rewind(mark);
    return status;
}

// `{path, KEY}`.
static PulpStatus order_path(Command import, const char *path, const char *key, uint64_t number) {
    REQUEST("su", "path", path, key, number);
    return order(import, mark, &w);
}

PulpStatus pulp_file_truncate(const char *path, uint64_t size) { return order_path(fs_truncate, path, "size", size); }

PulpStatus pulp_file_chmod(const char *path, uint32_t mode) { return order_path(fs_chmod, path, "mode", mode); }

PulpStatus pulp_folder_make(const char *path, uint32_t mode) { return order_path(fs_mkdir_all, path, "mode", mode); }

PulpStatus pulp_file_delete(const char *path) { return raw_order(fs_delete, path); }

PulpStatus pulp_file_delete_all(const char *path) { return raw_order(fs_remove_all, path); }

PulpStatus pulp_file_list(const char *path, const PulpFile **files, uint32_t *count) {
    PulpBytes answer;
    PulpStatus status = raw_ask(fs_list, path, &answer);
    if (status) answer.length = 0;
    PulpStatus taken = take_records(answer, RECORD(file_members), sizeof(PulpFile), (const void **)files, count);
    return status ? status : taken;
}

PulpStatus pulp_file_stat(const char *path, PulpFile *file) {
    *file = (PulpFile){0};
    REQUEST("s", "path", path);
    return ask_record(fs_stat, mark, &w, RECORD(file_members), file);
}

PulpStatus pulp_file_rename(const char *from, const char *to) {
    REQUEST("ss", "old", from, "new", to);
    return order(fs_rename, mark, &w);
}

static PulpStatus temporary(Query import, const char *folder, const char *pattern, const char **path) {
    static const Member members[] = {{"path", 0, 4, TEXT}};
    *path = "";
    REQUEST("ss", "dir", folder, "pattern", pattern);
    return ask_record(import, mark, &w, RECORD(members), path);
}

PulpStatus pulp_file_temporary(const char *folder, const char *pattern, const char **path) {
    return temporary(fs_create_temp, folder, pattern, path);
}

PulpStatus pulp_folder_temporary(const char *folder, const char *pattern, const char **path) {
    return temporary(fs_mkdir_temp, folder, pattern, path);
}

// ---- storage.sqlite ------------------------------------------------------------------------------------------------

// What any of its answers may hold.
typedef struct {
    PulpChange change;
    Raw columns, rows, results;
    const char *error;
    uint64_t cursor;
    int64_t failed;
    bool is_done;
} Answered;
static const Member sql_members[] = {
    MEMBER("rows_affected", Answered, change.rows_affected, I64),
    MEMBER("last_insert_id", Answered, change.last_insert_id, I64),
    MEMBER("cursor", Answered, cursor, U64),
    MEMBER("columns", Answered, columns, RAW),
    MEMBER("rows", Answered, rows, RAW),
    MEMBER("done", Answered, is_done, BOOL),
    MEMBER("results", Answered, results, RAW),
    MEMBER("failed", Answered, failed, I64),
    MEMBER("error", Answered, error, OPTIONAL),
};

// The last failure's words. Not the step's memory: they are asked for after it, perhaps in a later step.
static char sql_error[512];

const char *pulp_sql_error(void) { return sql_error; }

static void remember_error(const char *error) {
    uint32_t length = (uint32_t)pulp_length(error);
    if (length >= sizeof sql_error) {
        length = sizeof sql_error - 1;
        while (length && ((uint8_t)error[length] & 0xc0) == 0x80) length--;
    }
    __builtin_memcpy(sql_error, error ? error : "", length);
    sql_error[length] = 0;
}

// Reads an answer, also that of a statement that failed.
static PulpStatus read_answered(PulpStatus status, PulpBytes answer, Answered *into) {
    *into = (Answered){.failed = -1};
    PulpReader r = pulp_reader(answer.bytes, answer.length);
    bool is_record = answer.length && take_record(&r, RECORD(sql_members), into);
    remember_error(is_record ? into->error : "");
    if (status) return status;
    if (!is_record) return PULP_MISUNDERSTOOD;
    return into->error ? PULP_UNENCODABLE : PULP_OK;
}

// The reference's two imports say that a statement failed and no more; the host keeps why, and which failure it was.
static PulpStatus explained(PulpStatus status) {
    typedef struct {
        const char *message;
        int32_t status;
    } Failure;
    static const Member members[] = {MEMBER("status", Failure, status, I32), MEMBER("message", Failure, message, TEXT)};
    Failure failure = {"", 0};
    if (!is_told(sqlite_error, RECORD(members), &failure)) return status;
    remember_error(failure.message);
    return failure.status > 0 ? failure.status : status;
}

static void put_parameters(PulpWriter *w, PulpParameters parameters) {
    pulp_write_array(w, parameters.count);
    for (uint32_t i = 0; i < parameters.count; i++) put_value(w, parameters.values[i]);
}

typedef int32_t (*Statement)(
    const void *query, uint32_t query_length, const void *parameters, uint32_t length, void **response, uint32_t *response_length);

static PulpStatus run(Statement import, const char *sql, PulpParameters parameters, Answered *into) {
    void *block = NULL;
    uint32_t length = 0;
    PulpBytes answer;
    PulpMark mark = pulp_mark();
    PulpWriter w = {0};
    if (parameters.count) {
        w = growing(0);
        put_parameters(&w, parameters);
    }
    PulpStatus status = w.failed ? PULP_NO_MEMORY
                                 : import(sql, (uint32_t)pulp_length(sql), w.start, pulp_written(&w), &block, &length);
    pulp_rewind(mark);
    status = answered(status, block, length, &answer);
    bool is_bare = status == PULP_UNENCODABLE && !answer.length;
    status = read_answered(status, answer, into);
    return is_bare ? explained(status) : status;
}

PulpStatus pulp_sql_execute(const char *sql, PulpParameters parameters, PulpChange *change) {
    Answered answer;
    PulpStatus status = run(sqlite_exec, sql, parameters, &answer);
    if (change) *change = status ? (PulpChange){0, 0} : answer.change;
    return status;
}

// Begins with rows as they came; false when they are not what they should be.
static PulpStatus take_rows(const Answered *answer, PulpRows *rows) {
    *rows = (PulpRows){.is_done = true, .step = step_number};
    if (!answer->columns.at) return PULP_OK;
    PulpReader r = pulp_reader(answer->columns.at, (uint32_t)(answer->columns.end - answer->columns.at));
    uint32_t count = pulp_read_array(&r), ignored;
    if (r.failed || count > pulp_left(&r)) return PULP_MISUNDERSTOOD;
    const char **columns = scratch_many(count, sizeof *columns);
    rows->values = scratch_many(count, sizeof *rows->values);
    if (!columns || !rows->values) return PULP_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) columns[i] = take_text(&r, &ignored);
    rows->columns = columns;
    rows->column_count = count;
    if (!answer->rows.at) return PULP_OK;
    PulpReader body = pulp_reader(answer->rows.at, (uint32_t)(answer->rows.end - answer->rows.at));
    rows->rows_left = pulp_read_array(&body);
    rows->raw = (Raw){(uint8_t *)body.at, (uint8_t *)body.end};
    return r.failed || body.failed ? PULP_MISUNDERSTOOD : PULP_OK;
}

PulpStatus pulp_sql_query(const char *sql, PulpParameters parameters, PulpRows *rows) {
    Answered answer;
    *rows = (PulpRows){.is_done = true};
    PulpStatus status = run(sqlite_query, sql, parameters, &answer);
    return rows->status = status ? status : take_rows(&answer, rows);
}

PulpStatus pulp_sql_stream(const char *sql, PulpParameters parameters, uint32_t at_a_time, PulpRows *rows) {
    *rows = (PulpRows){.is_done = true};
    Adopted *piece = adopt(NULL);
    PulpMark mark = pulp_mark();
    PulpWriter w = {0};
    if (parameters.count) {
        w = growing(0);
        put_parameters(&w, parameters);
    }
    if (!piece || w.failed) return rows->status = PULP_NO_MEMORY;
    void *block = NULL;
    uint32_t length = 0;
    PulpStatus status = sqlite_query_stream(
        sql, (uint32_t)pulp_length(sql), w.start, pulp_written(&w), at_a_time, &block, &length);
    pulp_rewind(mark);
    piece->block = block;
    Answered answer;
    status = read_answered(status, pulp_bytes(block, length), &answer);
    if (!status) {
        // The names stay when the piece that brought them has gone.
        uint32_t size = (uint32_t)(answer.columns.end - answer.columns.at);
        uint8_t *kept = pulp_scratch(size);
        if (kept && size) __builtin_memcpy(kept, answer.columns.at, size);
        if (size) answer.columns = (Raw){kept, kept ? kept + size : NULL};
        status = kept ? take_rows(&answer, rows) : PULP_NO_MEMORY;
        rows->cursor = answer.cursor;
        rows->is_done = answer.is_done;
    }
    rows->block = piece;
    rows->at_a_time = at_a_time;
    return rows->status = status;
}

// Fetches the next piece of a stream. False when there is none.
static bool next_piece(PulpRows *rows) {
    if (rows->is_done || rows->status) return false;
    void *block = NULL;
    uint32_t length = 0;
    replace(rows->block, NULL);
    PulpStatus status = sqlite_query_stream_next(
        (uint32_t)rows->cursor, (uint32_t)(rows->cursor >> 32), rows->at_a_time, &block, &length);
    replace(rows->block, block);
    Answered answer;
    rows->status = read_answered(status, pulp_bytes(block, length), &answer);
    if (rows->status) return rows->is_done = true, false;
    rows->is_done = answer.is_done;
    if (!answer.rows.at) return !rows->is_done;
    PulpReader body = pulp_reader(answer.rows.at, (uint32_t)(answer.rows.end - answer.rows.at));
    rows->rows_left = pulp_read_array(&body);
    rows->raw = (Raw){(uint8_t *)body.at, (uint8_t *)body.end};
    if (body.failed) rows->status = PULP_MISUNDERSTOOD;
    return !body.failed;
}

bool pulp_next_row(PulpRows *rows) {
    enum { deepest = 2 };
    rows->row = NULL;
    // What they lie in was freed with their step.
    if (rows->step != step_number) {
        rows->rows_left = 0;
        if (!rows->status) rows->status = PULP_NO_SUCH_HANDLE;
        return false;
    }
    while (!rows->rows_left)
        if (!next_piece(rows)) return false;
    rows->rows_left--;
    PulpReader r = pulp_reader(rows->raw.at, (uint32_t)(rows->raw.end - rows->raw.at));
    if (pulp_read_array(&r) != rows->column_count) r.failed = true;
    for (uint32_t i = 0; i < rows->column_count && !r.failed; i++) rows->values[i] = take_value(&r, deepest);
    rows->raw.at = (uint8_t *)r.at;
    if (r.failed) {
        rows->status = PULP_MISUNDERSTOOD;
        rows->rows_left = 0;
        return false;
    }
    rows->row = rows->values;
    return true;
}

void pulp_rows_close(PulpRows *rows) {
    if (!rows->is_done) sqlite_query_stream_close((uint32_t)rows->cursor, (uint32_t)(rows->cursor >> 32));
    rows->is_done = true;
    rows->rows_left = 0;
}

static const PulpValue *column_of(const PulpRows *rows, uint32_t column) {
    static const PulpValue nil = {.kind = PULP_NIL};
    return rows->row && column < rows->column_count ? &rows->row[column] : &nil;
}

int64_t pulp_row_integer(const PulpRows *rows, uint32_t column) {
    const PulpValue *value = column_of(rows, column);
    switch (value->kind) {
    case PULP_INTEGER: case PULP_TIME: return value->integer;
    case PULP_BOOL: return value->boolean;
    case PULP_NUMBER: // as SQLite does, without leaving the range
        if (value->number >= 9223372036854775807.0) return INT64_MAX;
        if (value->number <= -9223372036854775808.0) return INT64_MIN;
        return value->number == value->number ? (int64_t)value->number : 0;
    case PULP_TEXT: return pulp_parse_integer(value->text, 0);
    default: return 0;
    }
}

double pulp_row_number(const PulpRows *rows, uint32_t column) {
    const PulpValue *value = column_of(rows, column);
    return value->kind == PULP_NUMBER ? value->number : (double)pulp_row_integer(rows, column);
}

const char *pulp_row_text(const PulpRows *rows, uint32_t column) {
    const PulpValue *value = column_of(rows, column);
    switch (value->kind) {
    case PULP_TEXT: return value->text;
    case PULP_INTEGER: return pulp_format("%lld", (long long)value->integer);
    case PULP_NUMBER: return pulp_format("%.15g", value->number);
    default: return "";
    }
}

PulpBytes pulp_row_bytes(const PulpRows *rows, uint32_t column) {
    const PulpValue *value = column_of(rows, column);
    if (value->kind == PULP_BLOB) return pulp_bytes(value->blob, value->length);
    return value->kind == PULP_TEXT ? pulp_bytes(value->text, value->length) : pulp_bytes(NULL, 0);
}

bool pulp_row_is_nil(const PulpRows *rows, uint32_t column) { return column_of(rows, column)->kind == PULP_NIL; }

PulpStatus pulp_sql_batch(const PulpStatement *statements, uint32_t count, PulpResult *results, int64_t *failed) {
    REQUEST("");
    put_key(&w, 0, "statements");
    pulp_write_array(&w, count);
    for (uint32_t i = 0; i < count && !w.failed; i++) {
        pulp_write_map(&w, statements[i].sql ? 2 : 1);
        if (statements[i].sql) {
            put_string(&w, "query");
            put_string(&w, statements[i].sql);
        }
        put_string(&w, "params");
        put_parameters(&w, statements[i].parameters);
    }
    PulpBytes bytes;
    Answered answer;
    PulpStatus status = ask(sqlite_batch, mark, &w, &bytes);
    status = read_answered(status, bytes, &answer);
    if (failed) *failed = status ? answer.failed : -1;
    PulpReader r = pulp_reader(answer.results.at, (uint32_t)(answer.results.end - answer.results.at));
    if (results) __builtin_memset(results, 0, count * sizeof *results);
    if (status || !results) return status;
    if (!answer.results.at || pulp_read_array(&r) != count) return PULP_MISUNDERSTOOD;
    for (uint32_t i = 0; i < count && !status; i++) {
        Answered one = {0};
        if (!take_record(&r, RECORD(sql_members), &one)) return PULP_MISUNDERSTOOD;
        results[i].change = one.change;
        status = take_rows(&one, &results[i].rows);
    }
    return status;
}

// ---- spawn.docker --------------------------------------------------------------------------------------------------

// A container as the host tells of it: its ports are a map of their own.
typedef struct {
    PulpContainer container;
    Raw ports;
} Server;
static const Member server_members[] = {
    MEMBER("id", Server, container.id, TEXT),
    MEMBER("name", Server, container.name, TEXT),
    MEMBER("status", Server, container.status, TEXT),
    MEMBER("ip", Server, container.ip, TEXT),
    MEMBER("ports", Server, ports, RAW),
    MEMBER("cpu_limit", Server, container.cpu_limit, F64),
    MEMBER("memory_limit", Server, container.memory_limit, I64),
};
static const Member stats_members[] = {
    MEMBER("container_id", PulpContainerStats, container_id, TEXT),
    MEMBER("name", PulpContainerStats, name, TEXT),
    MEMBER("cpu_percent", PulpContainerStats, cpu_percent, F64),
    MEMBER("memory_used", PulpContainerStats, memory_used, I64),
    MEMBER("memory_limit", PulpContainerStats, memory_limit, I64),
    MEMBER("net_rx_bytes", PulpContainerStats, net_rx_bytes, I64),
    MEMBER("net_tx_bytes", PulpContainerStats, net_tx_bytes, I64),
    MEMBER("disk_read_bytes", PulpContainerStats, disk_read_bytes, I64),
    MEMBER("disk_write_bytes", PulpContainerStats, disk_write_bytes, I64),
    MEMBER("timestamp", PulpContainerStats, timestamp, I64),
};
static const Member container_event_members[] = {
    MEMBER("timestamp", PulpContainerEvent, timestamp, I64),
    MEMBER("container_id", PulpContainerEvent, container_id, TEXT),
    MEMBER("name", PulpContainerEvent, name, TEXT),
    MEMBER("action", PulpContainerEvent, action, TEXT),
};

static PulpStatus take_ports(Server *server) {
    if (!server->ports.at) return PULP_OK;
    PulpReader r = pulp_reader(server->ports.at, (uint32_t)(server->ports.end - server->ports.at));
    uint32_t count = pulp_read_map(&r), ignored;
    if (r.failed || count > pulp_left(&r)) return PULP_MISUNDERSTOOD;
    PulpPort *ports = scratch_many(count, sizeof *ports);
    if (!ports) return PULP_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        ports[i].container = take_text(&r, &ignored);
        ports[i].host = (uint32_t)pulp_read_unsigned(&r);
    }
    server->container.ports = ports;
    server->container.port_count = count;
    return r.failed ? PULP_MISUNDERSTOOD : PULP_OK;
}

static PulpStatus ask_server(Query import, PulpMark mark, const PulpWriter *w, PulpContainer *container) {
    Server server = {{0}, {NULL, NULL}};
    PulpStatus status = ask_record(import, mark, w, RECORD(server_members), &server);
    if (!status) status = take_ports(&server);
    *container = server.container;
    return status;
}

PulpStatus pulp_docker_list(
    const PulpField *filters, uint32_t filter_count, const PulpContainer **containers, uint32_t *count) {
    *containers = NULL;
    *count = 0;
    PulpMark mark = pulp_mark();
    PulpWriter w = {0};
    if (filter_count) {
        w = growing(0);
        put_record(&w, "");
        put_key(&w, 0, "filter");
        put_fields(&w, filters, filter_count);
    }
    PulpBytes answer;
    PulpStatus status = ask(docker_list, mark, &w, &answer);
    const void *records;
    uint32_t all;
    if (!status) status = take_records(answer, RECORD(server_members), sizeof(Server), &records, &all);
    if (status) return status;
    Server *servers = (Server *)records;
    PulpContainer *made = scratch_many(all, sizeof *made);
    if (!made) return PULP_NO_MEMORY;
    for (uint32_t i = 0; i < all && !status; i++) {
        status = take_ports(&servers[i]);
        made[i] = servers[i].container;
    }
    if (status) return status;
    *containers = made;
    *count = all;
    return PULP_OK;
}

PulpStatus pulp_docker_get(const char *name, PulpContainer *container) {
    REQUEST("s", "name", name);
    return ask_server(docker_get, mark, &w, container);
}

PulpStatus pulp_docker_create(const PulpContainerRequest *request, PulpContainer *container) {
    PulpMark mark = pulp_mark();
    PulpWriter w = growing(512);
    pulp_write_big(&w, 0xde, 0, 2); // its pairs are counted below: they may be more than fifteen
    uint32_t at = pulp_written(&w), pairs = 0;
    PulpWriter part = growing(256);
    put_record(
        &part, "sSSSF", "image", request->image, "name", request->name, "network", request->network, "ip", request->ip,
        "cpu_limit", request->cpu_limit);
    if (!part.failed) pairs += part.start[0] & 0x0f;
    if (!part.failed) pulp_write_slice(&w, pulp_bytes(part.start + 1, pulp_written(&part) - 1));
    part.at = part.start;
    put_record(
        &part, "IIIIII", "memory_limit", request->memory_limit, "memory_swap", request->memory_swap, "pids_limit",
        request->pids_limit, "disk_size_limit", request->disk_size_limit, "disk_io_read_bps", request->disk_io_read_bps,
        "disk_io_write_bps", request->disk_io_write_bps);
    if (!part.failed) pairs += part.start[0] & 0x0f;
    if (!part.failed) pulp_write_slice(&w, pulp_bytes(part.start + 1, pulp_written(&part) - 1));
    if (request->environment_count) {
        pairs++;
        put_string(&w, "environment");
        put_fields(&w, request->environment, request->environment_count);
    }
    if (request->volume_count) {
        pairs++;
        put_string(&w, "volumes");
        put_fields(&w, request->volumes, request->volume_count);
    }
    if (request->command_count) {
        pairs++;
        put_string(&w, "cmd");
        pulp_write_array(&w, request->command_count);
        for (uint32_t i = 0; i < request->command_count; i++) put_string(&w, request->command[i]);
    }
    if (request->port_count) {
        pairs++;
        put_string(&w, "ports");
        pulp_write_array(&w, request->port_count);
        for (uint32_t i = 0; i < request->port_count; i++) {
            const PulpPortRequest *port = &request->ports[i];
            part.at = part.start;
            put_record(
                &part, "UusSS", "host", (uint64_t)port->host, "container", (uint64_t)port->container, "protocol",
                port->protocol ? port->protocol : "tcp", "name", port->name, "range", port->range);
            if (!part.failed) pulp_write_slice(&w, pulp_bytes(part.start, pulp_written(&part)));
        }
    }
    w.failed |= part.failed;
    if (!w.failed) w.start[at - 1] = (uint8_t)pairs;
    return ask_server(docker_create, mark, &w, container);
}

PulpStatus pulp_docker_destroy(const char *id) { return order_text(docker_destroy, "id", id); }

PulpStatus pulp_docker_restart(const char *id) { return order_text(docker_restart, "id", id); }

PulpStatus pulp_docker_exec(const char *id, const char *const *command, uint32_t count, PulpExecuted *executed) {
    static const Member members[] = {
        MEMBER("output", PulpExecuted, output, TEXT),
        MEMBER("exit_code", PulpExecuted, exit_code, I32),
        MEMBER("truncated", PulpExecuted, is_truncated, BOOL),
    };
    *executed = (PulpExecuted){.output = ""};
    REQUEST("s", "id", id);
    put_key(&w, 0, "cmd");
    pulp_write_array(&w, count);
    for (uint32_t i = 0; i < count; i++) put_string(&w, command[i]);
    return ask_record(docker_exec, mark, &w, RECORD(members), executed);
}

PulpStatus pulp_docker_logs_since(
    const char *id, uint32_t lines, const char *stream, int64_t since_ns, PulpContainerLog *log) {
    static const Member members[] = {
        MEMBER("logs", PulpContainerLog, text, TEXT),
        MEMBER("next_nanos", PulpContainerLog, next_ns, I64),
        MEMBER("truncated", PulpContainerLog, is_truncated, BOOL),
    };
    *log = (PulpContainerLog){.text = ""};
    REQUEST("suSI", "id", id, "tail", (uint64_t)lines, "stream", stream, "since_nanos", since_ns);
    return ask_record(docker_logs, mark, &w, RECORD(members), log);
}

PulpStatus pulp_docker_logs(const char *id, uint32_t lines, PulpContainerLog *log) {
    return pulp_docker_logs_since(id, lines, NULL, 0, log);
}

PulpStatus pulp_docker_stats(const char *id, PulpContainerStats *stats) {
    *stats = (PulpContainerStats){0};
    REQUEST("s", "id", id);
    return ask_record(docker_stats, mark, &w, RECORD(stats_members), stats);
}

PulpStatus pulp_docker_stats_all(const PulpContainerStats **stats, uint32_t *count) {
    *stats = NULL;
    *count = 0;
    PulpBytes answer;
    PulpStatus status = raw_ask(docker_stats_all, "", &answer);
    if (status) return status;
    return take_records(answer, RECORD(stats_members), sizeof(PulpContainerStats), (const void **)stats, count);
}

PulpStatus pulp_docker_file_read(const char *id, const char *path, PulpBytes *bytes) {
    REQUEST("ss", "id", id, "path", path);
    return ask(docker_files_read, mark, &w, bytes);
}

PulpStatus pulp_docker_file_write(const char *id, const char *path, PulpBytes bytes) {
    PulpMark mark = pulp_mark();
    PulpWriter w = growing(bytes.length < 0x7fffff00 ? bytes.length + 128 : 0xffffffff);
    put_record(&w, "ssb", "id", id, "path", path, "data", &bytes);
    return order(docker_files_write, mark, &w);
}

PulpStatus pulp_docker_file_delete(const char *id, const char *path) {
    REQUEST("ss", "container", id, "path", path);
    return order(docker_files_delete, mark, &w);
}

PulpStatus pulp_docker_events(int64_t since_ns, uint32_t most, const PulpContainerEvent **events, uint32_t *count) {
    *events = NULL;
    *count = 0;
    REQUEST("iu", "since_nanos", since_ns, "limit", (uint64_t)most);
    PulpBytes answer;
    PulpStatus status = ask(docker_events_poll, mark, &w, &answer);
    if (status) return status;
    return take_records(answer, RECORD(container_event_members), sizeof(PulpContainerEvent), (const void **)events, count);
}

PulpStatus pulp_docker_build(const char *tag, const char *folder, const PulpField *arguments, uint32_t argument_count) {
    REQUEST("ss", "image_tag", tag, "build_dir", folder);
    if (argument_count) {
        put_key(&w, 0, "build_args");
        put_fields(&w, arguments, argument_count);
    }
    return order(docker_build, mark, &w);
}

PulpStatus pulp_docker_build_status(PulpBuild *build) {
    static const Member members[] = {
        MEMBER("building", PulpBuild, is_building, BOOL),
        MEMBER("last_build_time", PulpBuild, last_build_time, I64),
        MEMBER("last_error", PulpBuild, last_error, OPTIONAL),
    };
    *build = (PulpBuild){0};
    PulpBytes answer;
    PulpStatus status = raw_ask(docker_build_status, "", &answer);
    PulpReader r = pulp_reader(answer.bytes, answer.length);
    if (status) return status;
    return take_record(&r, RECORD(members), build) ? PULP_OK : PULP_MISUNDERSTOOD;
}

static void (*on_container_event)(PulpContainerEvent *);

static void deliver_container_event(PulpReader *payload) {
    PulpContainerEvent event = {0};
    if (take_record(payload, RECORD(container_event_members), &event)) on_container_event(&event);
}

void pulp_on_container_event(void (*handler)(PulpContainerEvent *event)) {
    static Receiver receiver = {.kind = LITERAL("docker.event"), .deliver = deliver_container_event};
    on_container_event = handler;
    receive(&receiver);
}
