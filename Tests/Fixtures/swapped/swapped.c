// A plugin of which a test runs one version after another: what it is comes from its configuration.
//   version  what it calls itself
//   extra    a pattern for one more GET route
//   room     the pattern of its WebSockets instead of /ws/:room; empty for none
//   never    what GET /never answers, instead of putting the answer off
//   listen   an address for its routes; empty for the host's own
//   grows    a prefix: each tick registers one more route below it, and says so in the log
//   traps    a pattern for a GET route that traps
//   fail     "code": the start fails after everything else; "trap": it traps; "loop": it does not come back
//
//   GET  /version, and `extra`   the version
//   GET  /hold                   answered at the next tick     GET /never   never answered
//   POST /take                   the version and the length of the body
//   POST /emit                   emits the body to /events     GET /log     the sse.subscribe events so far
//   a WebSocket gets "open VERSION PARAMETER" and each of its messages behind "VERSION "
#include "pulp.h"

static const char *version, *never;
static uint64_t held[64];
static uint32_t held_count;

static void tell_version(PulpRequest *request) { pulp_respond_text(request, 200, version); }

static void hold(PulpRequest *request) {
    if (pulp_defer(request) == PULP_OK && held_count < 64) held[held_count++] = request->id;
}

static void answer_held(void) {
    for (uint32_t i = 0; i < held_count; i++) pulp_respond_text(pulp_deferred(held[i]), 200, version);
    held_count = 0;
}

static void put_off(PulpRequest *request) {
    if (pulp_length(never)) pulp_respond_text(request, 200, never);
    else pulp_defer(request);
}

static void take(PulpRequest *request) {
    pulp_respond_text(request, 200, pulp_format("%s %u", version, (unsigned)request->body.length));
}

static void emit(PulpRequest *request) {
    PulpStatus status = pulp_emit("/events", pulp_body_text(request));
    pulp_respond_text(request, 200, pulp_format("%d", (int)status));
}

// Memory of a step does not outlive it: the log is a block of its own.
static char log_text[4096];
static uint32_t log_length;

static void note(const char *line) {
    for (; *line && log_length < sizeof log_text - 1; line++) log_text[log_length++] = *line;
}

static void tell_log(PulpRequest *request) { pulp_respond_text(request, 200, log_text); }
static void subscribed(PulpSubscribed *subscriber) { note("sse.subscribe\n"); }
static void unsubscribed(PulpUnsubscribed *subscriber) { note("sse.unsubscribe\n"); }

static void opened(PulpSocketOpened *socket) {
    uint32_t count = 0;
    const PulpField *fields = pulp_fields(&socket->params, &count);
    pulp_send_text(socket->connection, pulp_format("open %s %s", version, count ? fields[0].value : ""));
}

static void said(PulpMessage *message) {
    pulp_send_text(message->connection, pulp_format("%s %s", version, pulp_message_text(message)));
}

static const char *grows;
static uint32_t tick_count;

static void ticked(void) {
    answer_held();
    if (!pulp_length(grows) || ++tick_count > 500) return;
    PulpStatus status = pulp_get(pulp_format("%s%u", grows, (unsigned)tick_count), tell_version);
    pulp_log(PULP_INFO, "%s grew: %d", version, (int)status);
}

static void trap(PulpRequest *request) { __builtin_trap(); }

static void fail_as_told(const char *how) {
    if (pulp_equal(how, "trap")) __builtin_trap();
    if (pulp_equal(how, "loop")) pulp_log(PULP_INFO, "%s turns", version);
    if (pulp_equal(how, "loop"))
        for (volatile uint32_t turns = 0;;) turns = turns + 1;
    if (pulp_equal(how, "code")) pulp_fail("told to fail");
}

void pulp_configure(PulpConfig config) {
    version = pulp_config_text(config, "version", "none");
    never = pulp_config_text(config, "never", "");
    grows = pulp_config_text(config, "grows", "");
    const char *listen = pulp_config_text(config, "listen", "");
    if (pulp_length(listen) && pulp_listen(listen) != PULP_OK) pulp_fail("not listening");
    pulp_get("/version", tell_version);
    pulp_get("/hold", hold);
    pulp_get("/never", put_off);
    pulp_get("/log", tell_log);
    pulp_post("/take", take);
    pulp_post("/emit", emit);
    const char *traps = pulp_config_text(config, "traps", "");
    if (pulp_length(traps)) pulp_get(traps, trap);
    const char *extra = pulp_config_text(config, "extra", "");
    if (pulp_length(extra)) pulp_get(extra, tell_version);
    const char *room = pulp_config_text(config, "room", "/ws/:room");
    if (pulp_length(room)) pulp_websocket(room);
    pulp_on_open(opened);
    pulp_on_message(said);
    pulp_events("/events");
    pulp_on_subscribe(subscribed);
    pulp_on_unsubscribe(unsubscribed);
    pulp_on_tick(ticked);
    pulp_emit_event("/events", NULL, "begun", version);
    fail_as_told(pulp_config_text(config, "fail", ""));
}
