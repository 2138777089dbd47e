// Connections: WebSockets, event streams, fetches.
#include "sdk-c.h"

enum { most = 64 };
static uint64_t members[most];
static uint32_t member_count;
static char last_opened[256], last_closed[256], last_subscriber[512];

static void keep(char *to, uint32_t size, const char *text) {
    uint32_t length = (uint32_t)pulp_length(text);
    if (length >= size) length = size - 1;
    __builtin_memcpy(to, text, length);
    to[length] = 0;
}

static void opened(PulpSocketOpened *socket) {
    if (member_count < most) members[member_count++] = socket->connection;
    const char *query = pulp_field(&socket->query, "as"), *agent = pulp_field_any_case(&socket->headers, "user-agent");
    keep(
        last_opened, sizeof last_opened,
        pulp_format(
            "%s %s %s %s %d", socket->path, pulp_field(&socket->params, "room"), query ? query : "-", agent ? agent : "-",
            pulp_starts_with(socket->remote_address, "127.0.0.1:")));
}

static void message(PulpMessage *got) {
    const char *text = pulp_message_text(got);
    uint32_t failed = 99;
    if (!got->is_text) pulp_send(got->connection, false, got->payload);
    else if (pulp_equal(text, "!opened")) pulp_send_text(got->connection, last_opened);
    else if (pulp_equal(text, "!closed")) pulp_send_text(got->connection, last_closed);
    else if (pulp_equal(text, "!bye")) pulp_close(got->connection, 4001, "bye");
    else if (pulp_starts_with(text, "!all ")) {
        members[member_count++] = 0xffffffffffff; // nobody's
        PulpStatus status = pulp_send_many(members, member_count--, true, pulp_bytes_of(text + 5), &failed);
        pulp_send_text(got->connection, pulp_format("%d, %u failed", (int)status, (unsigned)failed));
    } else pulp_send_text(got->connection, pulp_format("you said %s", pulp_json(text)));
}

static void closed(PulpSocketClosed *socket) {
    for (uint32_t i = 0; i < member_count; i++)
        if (members[i] == socket->connection) members[i] = members[--member_count];
    keep(last_closed, sizeof last_closed, pulp_format("%u %s", (unsigned)socket->code, socket->reason));
}

void use_sockets(void) {
    pulp_websocket("/ws/:room");
    pulp_on_open(opened);
    pulp_on_message(message);
    pulp_on_close(closed);
}

static void subscribed(PulpSubscribed *subscriber) {
    keep(
        last_subscriber, sizeof last_subscriber,
        pulp_format(
            "+%s %s %s", subscriber->path, pulp_field(&subscriber->params, "topic"),
            subscriber->last_event_id ? subscriber->last_event_id : "first"));
}

static void unsubscribed(PulpUnsubscribed *subscriber) {
    keep(last_subscriber, sizeof last_subscriber, pulp_format("-%s %s", subscriber->path, subscriber->reason));
}

static void emit(PulpRequest *request) {
    const char *path = pulp_format("/live/%s", pulp_param(request, "topic")), *data = pulp_body_text(request);
    const char *id = pulp_query(request, "id");
    PulpStatus status = id ? pulp_emit_event(path, id, "named", data) : pulp_emit(path, data);
    pulp_respond_text(request, 200, pulp_format("%d %u %s", (int)status, (unsigned)pulp_subscribers(path), last_subscriber));
}

void use_events(void) {
    pulp_events("/live/:topic");
    pulp_on_subscribe(subscribed);
    pulp_on_unsubscribe(unsubscribed);
    pulp_post("/emit/:topic", emit);
}

static void fail(PulpRequest *request, PulpStatus status) {
    PulpFetchError error = pulp_fetch_error();
    pulp_respond_text(request, 502, pulp_format("%d %s %s allow=%s", (int)status, error.code, error.message, error.allow));
}

static void fetch_whole(PulpRequest *request) {
    static const PulpField headers[] = {{.name = "X-Two", .value = "1"}, {.name = "X-Two", .value = "2"}};
    PulpFetch fetch = {
        .url = pulp_query(request, "url"), .method = "POST", .headers = headers, .header_count = 2, .body = request->body,
        .timeout_ms = 20000,
    };
    PulpFetched answer;
    PulpStatus status = pulp_fetch(&fetch, &answer);
    if (status) return fail(request, status);
    pulp_add_header(request, "X-Type", pulp_fetched_header(&answer, "content-type"));
    pulp_respond(request, answer.status, "text/plain", answer.body.bytes, answer.body.length);
}

static void fetch_simply(PulpRequest *request) {
    PulpFetched answer;
    PulpStatus status = pulp_fetch_url(pulp_query(request, "url"), &answer);
    if (status) return fail(request, status);
    pulp_respond(request, answer.status, NULL, answer.body.bytes, answer.body.length);
}

// Reads a body in small parts, and answers how many there were, and their bytes.
static void fetch_parts(PulpRequest *request) {
    PulpFetched answer;
    PulpStatus status = pulp_fetch_begin(&(PulpFetch){.url = pulp_query(request, "url")}, &answer);
    if (status) return fail(request, status);
    PulpString text = {0};
    PulpBytes part;
    uint32_t parts = 0;
    for (bool ended = false; !ended && !status; parts++) {
        status = pulp_fetch_read(&answer, 5, &part, &ended);
        pulp_append_bytes(&text, part);
    }
    pulp_fetch_close(&answer);
    pulp_append(&text, "|%d %s", (int)status, parts > 1 ? "parts" : "part");
    pulp_respond_text(request, answer.status, text.text);
}

static void fetch_passed_on(PulpRequest *request) {
    PulpFetched answer;
    PulpStatus status = pulp_fetch_begin(&(PulpFetch){.url = pulp_query(request, "url")}, &answer);
    if (status) return fail(request, status);
    pulp_add_header(request, "X-Passed", "on");
    status = pulp_respond_stream(request, 203, "text/plain", &answer);
    if (status) fail(request, status);
}

static PulpFetched kept;

// Begins a stream, reads a part, and keeps it: the next step reads on.
static void fetch_kept(PulpRequest *request) {
    PulpBytes part;
    bool ended;
    if (pulp_query(request, "url")) pulp_fetch_begin(&(PulpFetch){.url = pulp_query(request, "url")}, &kept);
    PulpStatus status = pulp_fetch_read(&kept, 100000, &part, &ended);
    if (status || ended) pulp_fetch_close(&kept);
    pulp_respond_text(request, 200, pulp_format("%d %d %u", (int)status, ended, (unsigned)part.length));
}

void use_fetches(void) {
    pulp_get("/kept", fetch_kept);
    pulp_post("/fetch", fetch_whole);
    pulp_get("/fetch", fetch_simply);
    pulp_get("/parts", fetch_parts);
    pulp_get("/passed-on", fetch_passed_on);
}
