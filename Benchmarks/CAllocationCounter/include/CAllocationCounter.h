// Counts the heap allocations of the whole process, the engine's among them: the allocator's functions are defined
// here and go on to the C library's own.
#ifndef PULP_ALLOCATION_COUNTER_H
#define PULP_ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

// False where the C library offers no way in; the count stays 0 there.
bool pulp_counts_allocations(void);
uint64_t pulp_allocation_count(void);

#endif
