// Can be called: `echo.reverse` answers its arguments reversed, `empty` nothing, `loop` never, `trap` traps, `wild` answers
// a range outside memory, `huge` one of 9 MiB; every other name is status 10 with a diagnostic.
#include "fixture.h"

static const char *diagnostic;
static uint32_t diagnostic_length;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) { return 0; }

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) { return 0; }

__attribute__((noinline)) static void trap_in_call(void) { __builtin_trap(); }

static int32_t reverse(PulpBytes arguments, uint32_t *pointer, uint32_t *length) {
    if (arguments.length == 0) return 0;
    uint8_t *answer = pulp_allocate(arguments.length);
    if (!answer) return 7;
    for (uint32_t i = 0; i < arguments.length; i++) answer[i] = arguments.bytes[arguments.length - 1 - i];
    *pointer = (uint32_t)answer;
    *length = arguments.length;
    return 0;
}

int32_t PULP_EXPORT(pulp_on_call)(
    const uint8_t *name_bytes, uint32_t name_length, const uint8_t *arguments, uint32_t arguments_length,
    uint32_t *pointer, uint32_t *length) {
    PulpBytes name = {name_bytes, name_length};
    *pointer = *length = 0;
    if (pulp_same(name, PULP_BYTES("echo.reverse"))) return reverse((PulpBytes){arguments, arguments_length}, pointer, length);
    if (pulp_same(name, PULP_BYTES("empty"))) return 0;
    if (pulp_same(name, PULP_BYTES("loop"))) loop_for_ever();
    if (pulp_same(name, PULP_BYTES("trap"))) trap_in_call();
    if (pulp_same(name, PULP_BYTES("wild"))) return *pointer = 0xfffffff0, *length = 64, 0;
    if (pulp_same(name, PULP_BYTES("huge"))) return *pointer = 0, *length = 9 << 20, 0;
    diagnostic = "no such function";
    diagnostic_length = 16;
    return 10;
}

const char *PULP_EXPORT(pulp_on_call_error_ptr)(void) { return diagnostic; }

uint32_t PULP_EXPORT(pulp_on_call_error_len)(void) { return diagnostic_length; }
