// Starts, and says so.
#include "pulp.h"

void pulp_configure(PulpConfig config) { pulp_log(PULP_INFO, "PLUGIN_NAME is ready"); }
