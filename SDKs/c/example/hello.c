#include "pulp.h"

static const char *greeting;

static void hello(PulpRequest *request) {
    pulp_respond_text(request, 200, pulp_format("%s, %s!\n", greeting, pulp_param(request, "name")));
}

void pulp_configure(PulpConfig config) {
    greeting = pulp_config_text(config, "greeting", "Hello");
    pulp_get("/hello/:name", hello);
}
