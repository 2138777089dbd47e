// Traps on any payload, and is built with line numbers: the backtrace names this file and the line of the trap.
#include "fixture.h"

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) { return 0; }

__attribute__((noinline)) static int32_t divide(int32_t dividend, int32_t divisor) {
    return dividend / divisor; // line 7
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    static volatile int32_t nothing;
    return length > 20 ? divide((int32_t)length, nothing) : 0;
}
