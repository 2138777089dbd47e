// Greets: GET /hello/:name answers "Hello, NAME!" and how many were greeted.
#include "pulp.h"

static const char *greeting;
static int visits;

static void hello(PulpRequest *request) {
    visits += 1;
    pulp_respond_text(request, 200, pulp_format("%s, %s! (%d)\n", greeting, pulp_param(request, "name"), visits));
}

void pulp_configure(PulpConfig config) {
    greeting = pulp_config_text(config, "greeting", "Hello");
    pulp_get("/hello/:name", hello);
}
