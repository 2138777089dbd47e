// An allocator for guests without libc: free lists by power of two up to 2 KiB, above that first fit over runs of
// 4 KiB granules, merged when they are freed. One thread, never returns memory to the host (a guest cannot).
// Included once per guest.
#ifndef PULP_MEMORY_H
#define PULP_MEMORY_H

#include <stddef.h>
#include <stdint.h>

enum {
    pulp_header_size = 16, // also the alignment of every block
    pulp_smallest = 32,    // bytes of the first class, header included
    pulp_classes = 7,      // 32 ... 2048
    pulp_granule = 4096,
    pulp_page = 65536
};

// Lies right before the bytes that the guest uses.
typedef struct {
    uint32_t kind; // below pulp_classes: the class; else the number of granules + pulp_classes
    uint32_t start;
} PulpHeader;

// A free block; `granules` counts for runs only.
typedef struct PulpFree {
    struct PulpFree *next;
    uint32_t granules;
} PulpFree;

extern uint8_t __heap_base;
static PulpFree *pulp_free_class[pulp_classes];
static PulpFree *pulp_free_runs; // by address
static uint32_t pulp_carve_next, pulp_carve_end;

static void pulp_release_run(uint32_t start, uint32_t granules) {
    PulpFree **link = &pulp_free_runs, *previous = 0;
    while (*link && (uint32_t)*link < start) {
        previous = *link;
        link = &previous->next;
    }
    PulpFree *run = (PulpFree *)start;
    run->next = *link;
    run->granules = granules;
    *link = run;
    if (run->next && start + granules * pulp_granule == (uint32_t)run->next) {
        run->granules += run->next->granules;
        run->next = run->next->next;
    }
    if (previous && (uint32_t)previous + previous->granules * pulp_granule == start) {
        previous->granules += run->granules;
        previous->next = run->next;
    }
}

// Takes what lies behind the data first, then asks the host for memory; 0 when there is no more.
// Growing costs the host a system call, and a fresh instance for each event would pay it each time.
static int pulp_grow(uint32_t granules) {
    static uint32_t heap_end;
    if (!heap_end) {
        heap_end = __builtin_wasm_memory_size(0) * pulp_page;
        uint32_t start = ((uint32_t)&__heap_base + pulp_granule - 1) & -(uint32_t)pulp_granule;
        uint32_t room = start < heap_end ? (heap_end - start) / pulp_granule : 0;
        if (room) pulp_release_run(start, room);
        if (room >= granules) return 1;
    }
    uint32_t pages = (granules + pulp_page / pulp_granule - 1) / (pulp_page / pulp_granule);
    size_t before = __builtin_wasm_memory_grow(0, pages);
    if (before == (size_t)-1) return 0;
    // Memory may have grown behind our back: only what is new is ours.
    pulp_release_run(before * pulp_page, pages * (pulp_page / pulp_granule));
    return 1;
}

static uint32_t pulp_take_run(uint32_t granules) {
    for (;;) {
        for (PulpFree **link = &pulp_free_runs; *link; link = &(*link)->next) {
            PulpFree *run = *link;
            if (run->granules < granules) continue;
            if (run->granules == granules) {
                *link = run->next;
                return (uint32_t)run;
            }
            run->granules -= granules;
            return (uint32_t)run + run->granules * pulp_granule;
        }
        if (!pulp_grow(granules)) return 0;
    }
}

static uint32_t pulp_take_class(uint32_t class) {
    PulpFree *block = pulp_free_class[class];
    if (block) {
        pulp_free_class[class] = block->next;
        return (uint32_t)block;
    }
    uint32_t size = (uint32_t)pulp_smallest << class;
    if (pulp_carve_end - pulp_carve_next < size) {
        pulp_carve_next = pulp_take_run(1);
        pulp_carve_end = pulp_carve_next ? pulp_carve_next + pulp_granule : 0;
        if (!pulp_carve_next) return 0;
    }
    pulp_carve_next += size;
    return pulp_carve_next - size;
}

// `alignment` is a power of two. Answers null when memory is out or the size absurd.
static void *pulp_allocate(uint32_t size, uint32_t alignment) {
    uint32_t slack = alignment > pulp_header_size ? alignment : 0;
    uint64_t total = (uint64_t)size + pulp_header_size + slack;
    if (total > 0x7fffffff) return 0;
    uint32_t kind = 0, start;
    if (total <= (uint32_t)pulp_smallest << (pulp_classes - 1)) {
        if (total > pulp_smallest) kind = 32 - __builtin_clz((uint32_t)total - 1) - 5;
        start = pulp_take_class(kind);
    } else {
        uint32_t granules = ((uint32_t)total + pulp_granule - 1) / pulp_granule;
        kind = granules + pulp_classes;
        start = pulp_take_run(granules);
    }
    if (!start) return 0;
    uint32_t block = start + pulp_header_size;
    if (slack) block = (block + alignment - 1) & -alignment;
    PulpHeader *header = (PulpHeader *)(block - pulp_header_size);
    header->kind = kind;
    header->start = start;
    return (void *)block;
}

static void pulp_release(void *block) {
    if (!block) return;
    PulpHeader header = *(PulpHeader *)((uint32_t)block - pulp_header_size);
    if (header.kind >= pulp_classes) {
        pulp_release_run(header.start, header.kind - pulp_classes);
        return;
    }
    PulpFree *freed = (PulpFree *)header.start;
    freed->next = pulp_free_class[header.kind];
    pulp_free_class[header.kind] = freed;
}

#endif
