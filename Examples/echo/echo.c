// GET /echo/:msg answers msg, POST /echo answers the body. No libc, no allocation on the way of a small answer:
// this is the guest that the benchmarks measure the host with.
#include "pulp_http.h"

void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return pulp_allocate(size, 16); }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) { pulp_release(block); }

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = pulp_route(MP_TEXT("GET"), MP_TEXT("/echo/:msg"));
    if (status) return 100 + status;
    status = pulp_route(MP_TEXT("POST"), MP_TEXT("/echo"));
    return status ? 200 + status : 0;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    if (envelope.payload_length == 0) return 0;

    PulpRequest request;
    int kind = pulp_read_event(envelope, &request);
    if (kind != pulp_event_request) return kind;

    int32_t status;
    if (mp_equal(request.method, MP_TEXT("GET")))
        status = pulp_respond(request.id, 200, PULP_TEXT_PLAIN, request.param);
    else if (mp_equal(request.method, MP_TEXT("POST")))
        status = pulp_respond(request.id, 200, MP_TEXT("application/octet-stream"), request.body);
    else
        status = pulp_respond(request.id, 405, PULP_TEXT_PLAIN, MP_TEXT("method not allowed\n"));
    if (status < 0) return 4;
    return status ? 300 + status : 0;
}

int32_t PULP_EXPORT(pulp_shutdown)(void) { return 0; }
