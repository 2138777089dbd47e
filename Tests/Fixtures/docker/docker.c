// Every function of spawn.docker, as the reference's guests use it: POST /call/:function with the request's bytes answers
// with the response's, and with 200; a status other than 0 is answered as 500 with the status as text. GET /events tells
// the actions of the docker.event events so far, a line for each.
#include "fixture.h"

static Text events;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = fixture_route(PULP_BYTES("POST"), PULP_BYTES("/call/:function"));
    return status ? status : fixture_route(PULP_BYTES("GET"), PULP_BYTES("/events"));
}

typedef int32_t (*Query)(const void *, uint32_t, void **, uint32_t *);
typedef int32_t (*Command)(const void *, uint32_t);

static const struct {
    const char *name;
    Query query;
    Command command;
} functions[] = {
    {"list", docker_list, 0},
    {"get", docker_get, 0},
    {"create", docker_create, 0},
    {"destroy", 0, docker_destroy},
    {"restart", 0, docker_restart},
    {"exec", docker_exec, 0},
    {"logs", docker_logs, 0},
    {"stats", docker_stats, 0},
    {"stats_all", docker_stats_all, 0},
    {"files_read", docker_files_read, 0},
    {"files_write", 0, docker_files_write},
    {"files_delete", 0, docker_files_delete},
    {"events_poll", docker_events_poll, 0},
    {"build", 0, docker_build},
    {"build_status", docker_build_status, 0},
};

static PulpBytes slice_of(const char *text) {
    uint32_t length = 0;
    while (text[length]) length++;
    return (PulpBytes){(const uint8_t *)text, length};
}

static int32_t call(FixtureRequest request) {
    for (uint32_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (!pulp_same(request.param, slice_of(functions[i].name))) continue;
        void *response = 0;
        uint32_t length = 0;
        int32_t status = functions[i].query
                             ? functions[i].query(request.body.bytes, request.body.length, &response, &length)
                             : functions[i].command(request.body.bytes, request.body.length);
        if (status) {
            Text text = {.length = 0};
            text_add_number(&text, status);
            return fixture_respond(request.id, 500, TEXT_PLAIN, text_slice(&text));
        }
        int32_t answer = fixture_respond(
            request.id, 200, PULP_BYTES("application/octet-stream"), (PulpBytes){response, length});
        pulp_release(response);
        return answer;
    }
    return fixture_respond(request.id, 404, TEXT_PLAIN, PULP_BYTES("no such function"));
}

static void remember(PulpReader *r) {
    for (uint32_t pairs = pulp_read_map(r); pairs && !r->failed; pairs--) {
        PulpBytes key = pulp_read_bytes(r);
        if (!pulp_same(key, PULP_BYTES("action"))) {
            pulp_read_skip(r);
            continue;
        }
        text_add(&events, pulp_read_bytes(r));
        text_add(&events, PULP_BYTES("\n"));
    }
}

static int32_t other_event(PulpEnvelope envelope) {
    PulpReader r = pulp_reader(envelope.payload, envelope.payload_length);
    PulpBytes kind = {0, 0};
    for (uint32_t pairs = pulp_read_map(&r); pairs && !r.failed; pairs--) {
        PulpBytes key = pulp_read_bytes(&r);
        if (pulp_same(key, PULP_BYTES("kind"))) kind = pulp_read_bytes(&r);
        else if (pulp_same(key, PULP_BYTES("payload")) && pulp_same(kind, PULP_BYTES("docker.event"))) remember(&r);
        else pulp_read_skip(&r);
    }
    return r.failed;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (!pulp_envelope(bytes, length, &envelope)) return -1;
    if (!envelope.payload_length) return 0;
    FixtureRequest request;
    int event = fixture_read_event(envelope, &request);
    if (event == fixture_event_other) return other_event(envelope);
    if (event != fixture_event_request) return event;
    if (pulp_same(request.path, PULP_BYTES("/events"))) return respond_text(request.id, text_slice(&events));
    return call(request);
}
