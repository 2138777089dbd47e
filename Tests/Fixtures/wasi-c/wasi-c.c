// A reactor on wasi-libc: constructors run in _initialize, malloc is the library's, stdio ends at the host's log.
// GET /:what answers `env` (GREETING), `time`, `random`, `file` (errno of opening one), `started` (constructors run).
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pulp_http.h"

static int started;

__attribute__((constructor)) static void construct(void) { started++; }

void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return malloc(size); }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) { free(block); }

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    puts("wasi-c is up");
    fputs("and says so on stderr\n", stderr);
    return pulp_route(MP_TEXT("GET"), MP_TEXT("/:what"));
}

static int32_t respond(uint64_t id, const char *text) {
    return pulp_respond(id, 200, PULP_TEXT_PLAIN, (MPSlice){(const uint8_t *)text, strlen(text)});
}

static int32_t respond_number(uint64_t id, uint64_t number) {
    char digits[21];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    do *--first = '0' + number % 10;
    while (number /= 10);
    return respond(id, first);
}

static int32_t answer(PulpRequest request) {
    if (mp_equal(request.param, MP_TEXT("env"))) return respond(request.id, getenv("GREETING") ? getenv("GREETING") : "");
    if (mp_equal(request.param, MP_TEXT("time"))) return respond_number(request.id, time(NULL));
    if (mp_equal(request.param, MP_TEXT("started"))) return respond_number(request.id, started);
    if (mp_equal(request.param, MP_TEXT("file")))
        return respond_number(request.id, open("/etc/passwd", O_RDONLY) < 0 ? errno : 0);
    uint64_t random = 0;
    return getentropy(&random, sizeof random) ? respond(request.id, "none") : respond_number(request.id, random);
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0 || pulp_read_event(envelope, &request) != pulp_event_request) return 0;
    return answer(request);
}

int32_t PULP_EXPORT(pulp_shutdown)(void) { return 0; }
