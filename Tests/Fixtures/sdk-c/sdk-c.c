// Uses every function of the SDK for C. `mode` of [config] says what is registered: `docker` and `refused` for their own
// tests, else everything but containers.
#include "sdk-c.h"

static PulpConfig settings;
static uint64_t waiting[16];
static uint32_t waiting_count, tick_count;
static char container_actions[4096];

static void answer_line(PulpRequest *request, int line) {
    if (line) pulp_respond_text(request, 500, pulp_format("line %d; SQL: %s", line, pulp_sql_error()));
    else pulp_respond_text(request, 200, "ok");
}

static void text(PulpRequest *request) { answer_line(request, check_text()); }
static void records(PulpRequest *request) { answer_line(request, check_records()); }
static void files(PulpRequest *request) { answer_line(request, check_files()); }
static void sql(PulpRequest *request) { answer_line(request, check_sql()); }
static void docker(PulpRequest *request) { answer_line(request, check_docker("local/busybox:1")); }
static void docker_ports(PulpRequest *request) { answer_line(request, check_docker_ports("local/busybox:1")); }

static void append_pairs(PulpString *json, const char *name, const PulpField *fields, uint32_t count) {
    pulp_append(json, ",\"%s\":[", name);
    for (uint32_t i = 0; i < count; i++) {
        if (i) pulp_append(json, ",");
        pulp_append_json(json, fields[i].name);
        pulp_append(json, ",");
        pulp_append_json(json, fields[i].value);
    }
    pulp_append(json, "]");
}

// All that is known about a request.
static void describe(PulpRequest *request) {
    PulpString json = {0};
    uint32_t count;
    pulp_append(&json, "{\"id\":%d,\"method\":%s,\"path\":%s", request->id != 0, pulp_json(request->method), pulp_json(request->path));
    pulp_append(&json, ",\"host\":%s,\"local\":%d", pulp_json(request->host), pulp_starts_with(request->remote_address, "127.0.0.1:"));
    pulp_append(&json, ",\"name\":%s,\"rest\":%s,\"none\":%s", pulp_json(pulp_param(request, "name")), pulp_json(pulp_param(request, "rest")), pulp_json(pulp_param(request, "none")));
    const char *query = pulp_query(request, "q"), *header = pulp_header(request, "x-ONE"), *none = pulp_query(request, "none");
    pulp_append(&json, ",\"q\":%s,\"one\":%s,\"absent\":%d", pulp_json(query), pulp_json(header), !none && !pulp_header(request, "none"));
    const PulpField *fields = pulp_queries(request, &count);
    append_pairs(&json, "query", fields, count);
    fields = pulp_headers(request, &count);
    append_pairs(&json, "headers", fields, count);
    pulp_append(&json, ",\"body\":%s,\"length\":%u}", pulp_json(pulp_body_text(request)), (unsigned)request->body.length);
    pulp_respond_json(request, 200, json.text);
}

static void literal(PulpRequest *request) { pulp_respond_text(request, 200, "the literal"); }

// Header fields and cookies of an answer; `?repeat` for two of one name.
static void headers(PulpRequest *request) {
    pulp_add_header(request, "X-A", "1");
    if (pulp_query(request, "repeat")) pulp_add_header(request, "X-A", "2");
    pulp_add_cookie(request, "a=1; HttpOnly");
    pulp_add_cookie(request, "b=2");
    if (pulp_query(request, "empty")) pulp_respond_empty(request, 204);
    else pulp_respond_html(request, 201, "<p>made</p>");
}

static void count_headers(PulpRequest *request) {
    uint32_t count, bytes = 0;
    const PulpField *fields = pulp_headers(request, &count);
    for (uint32_t i = 0; i < count; i++) bytes += fields[i].name_length + fields[i].value_length;
    pulp_set_output((int32_t)count);
    pulp_respond_text(request, 200, pulp_format("%u %u %s", (unsigned)count, (unsigned)bytes, pulp_header(request, "x-last")));
}

static void describe_config(PulpRequest *request) {
    const char *const *hosts;
    uint32_t count = pulp_config_texts(settings, "hosts", &hosts);
    PulpConfig server = pulp_config_table(settings, "server");
    pulp_respond_text(
        request, 200,
        pulp_format(
            "%s %lld %g %g %d %u:%s,%s %s:%lld %s %d", pulp_config_text(settings, "greeting", ""),
            (long long)pulp_config_integer(settings, "limit", 0), pulp_config_number(settings, "ratio", 0),
            pulp_config_number(settings, "whole", 0), pulp_config_bool(settings, "strict", false), (unsigned)count, hosts[0],
            hosts[1], pulp_config_text(server, "name", ""), (long long)pulp_config_integer(server, "port", 0),
            pulp_config_text(settings, "none", "absent"), pulp_config_value(settings, "none") == NULL));
}

static void wait(PulpRequest *request) {
    PulpStatus status = pulp_defer(request);
    if (status || waiting_count == 16) pulp_respond_text(request, 500, pulp_status_text(status));
    else waiting[waiting_count++] = request->id;
}

static void answer_waiting(void) {
    tick_count++;
    while (waiting_count)
        pulp_respond_text(pulp_deferred(waiting[--waiting_count]), 200, pulp_format("later, at tick %d", tick_count > 0));
}

static void twice(PulpRequest *request) {
    pulp_respond_text(request, 200, "once");
    pulp_log(PULP_INFO, "the second answer: %s, answered: %d", pulp_status_text(pulp_respond_text(request, 200, "twice")), request->is_answered);
}

static void clock_and_chance(PulpRequest *request) {
    static uint8_t random[100000];
    uint32_t zeroes = 0;
    PulpStatus status = pulp_random(random, sizeof random);
    for (uint32_t i = 0; i < sizeof random; i++) zeroes += random[i] == 0;
    bool is_random = zeroes > 100 && zeroes < 1000;
    pulp_respond_text(request, 200, pulp_format("%llu %d %d", (unsigned long long)pulp_now(), (int)status, is_random));
}

static void write_log(PulpRequest *request) {
    const PulpEntry fields[] = {{"count", pulp_integer(3)}, {"name", pulp_text("x")}, {"ok", pulp_bool(true)}};
    PulpStatus plain = pulp_log(PULP_WARNING, "a %s of %d", "line", 2);
    PulpStatus more = pulp_log_fields(PULP_ERROR, "with fields", fields, 3);
    PulpStatus wrong = pulp_log(99, "of no level");
    pulp_set_output((int32_t)pulp_step_number());
    pulp_respond_text(request, 200, pulp_format("%d %d %d", (int)plain, (int)more, (int)wrong));
}

// Takes all the memory that there is, and then answers.
static void exhaust(PulpRequest *request) {
    uint32_t mebibytes = 0;
    while (pulp_scratch(1 << 20)) mebibytes++;
    while (pulp_scratch(16)) continue;
    char *large = pulp_format("%*s", 1 << 20, "");
    PulpBytes bytes;
    PulpRows rows;
    PulpStatus status = pulp_sql_query("SELECT ?", PULP_WITH(pulp_text("x")), &rows);
    if (mebibytes < 2 || large || status != PULP_NO_MEMORY || pulp_file_read_at("x", 0, 1, &bytes) != PULP_NO_MEMORY) __builtin_trap();
    pulp_respond_text(request, 200, large);
}

// Headers that there is no memory to look at.
static void exhaust_headers(PulpRequest *request) {
    while (pulp_scratch(1 << 12)) continue;
    while (pulp_scratch(16)) continue;
    pulp_respond_text(request, 200, pulp_header(request, "X-Any") ? "there" : "absent");
}

static PulpRows kept_rows;

// Rows that are kept for a later step, which cannot have them.
static void keep_rows(PulpRequest *request) {
    pulp_sql_query("SELECT 1 UNION SELECT 2", PULP_NOTHING, &kept_rows);
    pulp_respond_text(request, 200, pulp_next_row(&kept_rows) ? "kept" : "none");
}
static void use_kept_rows(PulpRequest *request) {
    bool has_row = pulp_next_row(&kept_rows);
    pulp_respond_text(request, 200, pulp_format("%d %d", has_row, kept_rows.status == PULP_NO_SUCH_HANDLE));
}

// An answer larger than all memory together.
static void respond_wildly(PulpRequest *request) { pulp_respond(request, 200, NULL, "x", 0x7fffffff); }

static void long_values(PulpRequest *request) {
    char *name = pulp_format("/%*s", 1 << 16, "x");
    PulpBytes bytes;
    PulpStatus file = pulp_file_read(name, &bytes), route = pulp_get(name, literal), event = pulp_events(name);
    pulp_respond_text(request, 200, pulp_format("%d %d %d", file != PULP_OK, route != PULP_OK, event != PULP_OK));
}

static void on_container(PulpContainerEvent *event) {
    uint32_t length = (uint32_t)pulp_length(container_actions), more = (uint32_t)pulp_length(event->action);
    if (length + more + 2 > sizeof container_actions) return;
    __builtin_memcpy(container_actions + length, event->action, more);
    __builtin_memcpy(container_actions + length + more, "\n", 2);
}

static void containers(PulpRequest *request) { pulp_respond_text(request, 200, container_actions); }

static void other(PulpReader *payload) { pulp_set_output((int32_t)pulp_read_unsigned(payload)); }

static void goodbye(void) { pulp_log(PULP_NOTICE, "goodbye"); }

static void use_http(void) {
    pulp_get("/text", text);
    pulp_get("/records", records);
    pulp_get("/config", describe_config);
    pulp_get("/describe/literal", literal);
    pulp_get("/describe/:name", describe);
    pulp_put("/describe/:name/*rest", describe);
    pulp_patch("/describe/:name/*rest", describe);
    pulp_delete("/describe/:name/*rest", describe);
    pulp_post("/describe/:name", describe);
    pulp_route("PURGE", "/describe/:name", describe);
    pulp_get("/headers", headers);
    pulp_get("/count-headers", count_headers);
    pulp_get("/wait", wait);
    pulp_get("/twice", twice);
    pulp_get("/chance", clock_and_chance);
    pulp_get("/log", write_log);
}

void pulp_configure(PulpConfig config) {
    settings = config;
    const char *mode = pulp_config_text(config, "mode", "all");
    pulp_on_shutdown(goodbye);
    pulp_on_event("test.number", other);
    if (pulp_equal(mode, "listen")) pulp_listen(pulp_config_text(config, "address", ""));
    if (pulp_equal(mode, "strict")) {
        static const char *const keys[] = {"mode", "needed", "port"};
        pulp_config_require(config, "needed");
        pulp_config_only(config, keys, 3);
        pulp_config_integer_in(config, "port", 1, 65535, 0);
    }
    if (pulp_equal(mode, "refused")) {
        pulp_get("/refused", use_everything_without_grants);
        return;
    }
    if (pulp_equal(mode, "docker")) {
        pulp_get("/docker", docker);
        pulp_get("/docker/ports", docker_ports);
        pulp_get("/containers", containers);
        pulp_on_container_event(on_container);
        return;
    }
    use_http();
    pulp_on_tick(answer_waiting);
    pulp_get("/files", files);
    pulp_get("/sql", sql);
    pulp_get("/exhaust", exhaust);
    pulp_get("/exhaust-headers", exhaust_headers);
    pulp_get("/keep-rows", keep_rows);
    pulp_get("/kept-rows", use_kept_rows);
    pulp_get("/wild", respond_wildly);
    pulp_get("/long", long_values);
    use_sockets();
    use_events();
    use_fetches();
}
