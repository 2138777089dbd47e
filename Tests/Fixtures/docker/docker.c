// Every function of spawn.docker, as the reference's guests use it: POST /call/:function with the request's bytes answers
// with the response's, and with 200; a status other than 0 is answered as 500 with the status as text. GET /events tells
// the actions of the docker.event events so far, a line for each.
#include "fixture.h"
#include "pulp_docker.h"

static Text events;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = pulp_route(MP_TEXT("POST"), MP_TEXT("/call/:function"));
    return status ? status : pulp_route(MP_TEXT("GET"), MP_TEXT("/events"));
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

static MPSlice slice_of(const char *text) {
    uint32_t length = 0;
    while (text[length]) length++;
    return (MPSlice){(const uint8_t *)text, length};
}

static int32_t call(PulpRequest request) {
    for (uint32_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (!mp_equal(request.param, slice_of(functions[i].name))) continue;
        void *response = 0;
        uint32_t length = 0;
        int32_t status = functions[i].query
                             ? functions[i].query(request.body.bytes, request.body.length, &response, &length)
                             : functions[i].command(request.body.bytes, request.body.length);
        if (status) {
            Text text = {.length = 0};
            text_add_number(&text, status);
            return pulp_respond(request.id, 500, PULP_TEXT_PLAIN, text_slice(&text));
        }
        int32_t answer = pulp_respond(
            request.id, 200, MP_TEXT("application/octet-stream"), (MPSlice){response, length});
        pulp_release(response);
        return answer;
    }
    return pulp_respond(request.id, 404, PULP_TEXT_PLAIN, MP_TEXT("no such function"));
}

static void remember(MPReader *r) {
    for (uint32_t pairs = mp_map(r); pairs && !r->failed; pairs--) {
        MPSlice key = mp_bytes(r);
        if (!mp_equal(key, MP_TEXT("action"))) {
            mp_skip(r);
            continue;
        }
        text_add(&events, mp_bytes(r));
        text_add(&events, MP_TEXT("\n"));
    }
}

static int32_t other_event(PulpEnvelope envelope) {
    MPReader r = mp_reader(envelope.payload, envelope.payload_length);
    MPSlice kind = {0, 0};
    for (uint32_t pairs = mp_map(&r); pairs && !r.failed; pairs--) {
        MPSlice key = mp_bytes(&r);
        if (mp_equal(key, MP_TEXT("kind"))) kind = mp_bytes(&r);
        else if (mp_equal(key, MP_TEXT("payload")) && mp_equal(kind, MP_TEXT("docker.event"))) remember(&r);
        else mp_skip(&r);
    }
    return r.failed;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (!pulp_envelope(bytes, length, &envelope)) return -1;
    if (!envelope.payload_length) return 0;
    PulpRequest request;
    int event = pulp_read_event(envelope, &request);
    if (event == pulp_event_other) return other_event(envelope);
    if (event != pulp_event_request) return event;
    if (mp_equal(request.path, MP_TEXT("/events"))) return respond_text(request.id, text_slice(&events));
    return call(request);
}
