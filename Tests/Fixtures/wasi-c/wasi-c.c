// A reactor on wasi-libc: constructors run in _initialize, malloc is the library's, stdio ends at the host's log.
// GET /:what answers `env` (GREETING), `time`, `random`, `file` (errno of opening one), `started` (constructors run).
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIXTURE_OWN_ALLOC
#define FIXTURE_OWN_SHUTDOWN
#include "fixture.h"

static int started;

__attribute__((constructor)) static void construct(void) { started++; }

void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return malloc(size); }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) { free(block); }

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    puts("wasi-c is up");
    fputs("and says so on stderr\n", stderr);
    return fixture_route(PULP_BYTES("GET"), PULP_BYTES("/:what"));
}

static int32_t respond(uint64_t id, const char *text) {
    return fixture_respond(id, 200, TEXT_PLAIN, (PulpBytes){(const uint8_t *)text, strlen(text)});
}

static int32_t answer(FixtureRequest request) {
    if (pulp_same(request.param, PULP_BYTES("env"))) return respond(request.id, getenv("GREETING") ? getenv("GREETING") : "");
    if (pulp_same(request.param, PULP_BYTES("time"))) return respond_number(request.id, time(NULL));
    if (pulp_same(request.param, PULP_BYTES("started"))) return respond_number(request.id, started);
    if (pulp_same(request.param, PULP_BYTES("file")))
        return respond_number(request.id, open("/etc/passwd", O_RDONLY) < 0 ? errno : 0);
    uint64_t random = 0;
    return getentropy(&random, sizeof random) ? respond(request.id, "none") : respond_number(request.id, random);
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    FixtureRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || fixture_read_event(envelope, &request) != fixture_event_request) return 0;
    return answer(request);
}

int32_t PULP_EXPORT(pulp_shutdown)(void) { return 0; }
