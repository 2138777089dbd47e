// Works every second.
#include "pulp.h"

static int runs;

static void tick(void) {
    runs += 1;
    pulp_log(PULP_INFO, "run %d", runs);
}

void pulp_configure(PulpConfig config) { pulp_on_tick(tick); }
