// A board: what is posted to /events goes to everybody who listens there.
#include "pulp.h"

static void post(PulpRequest *request) {
    pulp_emit("/events", pulp_body_text(request));
    pulp_respond_empty(request, 204);
}

void pulp_configure(PulpConfig config) {
    pulp_events("/events");
    pulp_post("/events", post);
}
