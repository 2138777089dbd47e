// GET /echo/:msg answers msg, POST /echo answers the body. No allocation on the way of a small answer: this is the guest
// that the benchmarks measure the host with.
#include "pulp.h"

static void echo_message(PulpRequest *request) { pulp_respond_text(request, 200, pulp_param(request, "msg")); }

static void echo_body(PulpRequest *request) {
    pulp_respond(request, 200, "application/octet-stream", request->body.bytes, request->body.length);
}

void pulp_configure(PulpConfig config) {
    pulp_get("/echo/:msg", echo_message);
    pulp_post("/echo", echo_body);
}
