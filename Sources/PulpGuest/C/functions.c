// The exports of a plugin that has functions for others to call. The linker takes this only where one is provided: to
// export functions says that there are some, and costs bytes.
#include "pulp_abi.h"

typedef int32_t (*Call)(
    const void *name, uint32_t name_length, const void *arguments, uint32_t arguments_length, void **answer,
    uint32_t *answer_length);
static Call call;

void pulp_install_functions(Call to_call) { call = to_call; }

// Of runtime.c: one buffer for what the host is told, be it about the start or a call.
void pulp_refuse(const void *sentence, uint32_t length);
const void *pulp_init_error_ptr(void);
uint32_t pulp_init_error_len(void);

int32_t PULP_EXPORT(pulp_on_call)(
    const void *name, uint32_t name_length, const void *arguments, uint32_t arguments_length, void **answer,
    uint32_t *answer_length) {
    pulp_refuse("", 0);
    return call(name, name_length, arguments, arguments_length, answer, answer_length);
}

const void *PULP_EXPORT(pulp_on_call_error_ptr)(void) { return pulp_init_error_ptr(); }

uint32_t PULP_EXPORT(pulp_on_call_error_len)(void) { return pulp_init_error_len(); }
