// GET /*path fetches the same path from `upstream` of [config] and passes the body on as it comes: the plugin sees the head
// of the answer, decides, and is done; the host carries the rest. When the fetch fails, the answer is 502 with the reason.
#include "pulp.h"

static const char *upstream;

static void pass_on(PulpRequest *request) {
    PulpFetch fetch = {.url = pulp_format("%s%s", upstream, request->path)};
    PulpFetched answer;
    if (pulp_fetch_begin(&fetch, &answer)) {
        const char *reason = pulp_fetch_error().message;
        pulp_respond_text(request, 502, *reason ? reason : "the upstream cannot be reached");
        return;
    }
    if (pulp_respond_stream(request, answer.status, pulp_fetched_header(&answer, "Content-Type"), &answer) == PULP_OK) return;
    pulp_fetch_close(&answer);
    pulp_respond_text(request, 502, "the upstream's answer cannot be passed on");
}

void pulp_configure(PulpConfig config) {
    upstream = pulp_config_text(config, "upstream", "");
    if (!*upstream) pulp_fail("upstream is missing in [config] of the manifest");
    pulp_get("/*path", pass_on);
}
