// Functions for others to call.
#include "pulp.h"

static int64_t calls;

static PulpValue add(PulpCall *call) {
    calls++;
    return pulp_integer(pulp_config_integer(call->arguments, "a", 0) + pulp_config_integer(call->arguments, "b", 0));
}

static PulpValue greet(PulpCall *call) {
    return pulp_text(pulp_format("Hello, %s!", pulp_config_text(call->arguments, "name", "C")));
}

static PulpValue count(PulpCall *call) { return pulp_integer(calls); }

static PulpValue echo(PulpCall *call) { return call->value; }

static PulpValue refuse(PulpCall *call) {
    pulp_fail("there is nobody of that name");
    return pulp_nil();
}

PULP_FUNCTIONS({"add", add}, {"greet", greet}, {"calls", count}, {"echo", echo}, {"refuse", refuse})
