// Calls everything that a manifest may grant, and counts what answered 99.
#include "sdk-c.h"

static uint32_t called, refused;

static void count(PulpStatus status) {
    called++;
    if (status == PULP_NOT_GRANTED) refused++;
    else pulp_log(PULP_ERROR, "call %u answered %d: %s", (unsigned)called, (int)status, pulp_status_text(status));
}

static void call_storage(void) {
    PulpBytes bytes;
    PulpFile file;
    PulpRows rows;
    const PulpFile *files;
    const char *path;
    uint32_t number;
    count(pulp_file_read("x", &bytes));
    count(pulp_file_write("x", PULP_BYTES("x")));
    count(pulp_file_write_mode("x", PULP_BYTES("x"), 0600));
    count(pulp_file_read_at("x", 0, 1, &bytes));
    count(pulp_file_write_at("x", 0, PULP_BYTES("x")));
    count(pulp_file_truncate("x", 0));
    count(pulp_file_delete("x"));
    count(pulp_file_delete_all("x"));
    count(pulp_file_list("x", &files, &number));
    count(pulp_file_stat("x", &file));
    count(pulp_file_rename("x", "y"));
    count(pulp_file_chmod("x", 0600));
    count(pulp_folder_make("x", 0));
    count(pulp_file_temporary("", "x", &path));
    count(pulp_folder_temporary("", "x", &path));
    count(pulp_sql_execute("SELECT 1", PULP_NOTHING, NULL));
    count(pulp_sql_query("SELECT 1", PULP_NOTHING, &rows));
    if (pulp_next_row(&rows)) count(PULP_OK);
    count(pulp_sql_stream("SELECT 1", PULP_WITH(pulp_integer(1)), 1, &rows));
    if (pulp_next_row(&rows)) count(PULP_OK);
    pulp_rows_close(&rows);
    PulpStatement statement = {"SELECT 1", PULP_NOTHING};
    PulpResult result;
    count(pulp_sql_batch(&statement, 1, &result, NULL));
}

static void call_connections(PulpRequest *request) {
    PulpFetched answer;
    PulpBytes part;
    bool ended;
    uint64_t nobody = 1;
    count(pulp_websocket("/ws"));
    count(pulp_send_text(nobody, "x"));
    count(pulp_send(nobody, false, PULP_BYTES("x")));
    count(pulp_send_many(&nobody, 1, true, PULP_BYTES("x"), NULL));
    count(pulp_close(nobody, 0, ""));
    count(pulp_events("/events"));
    count(pulp_emit("/events", "x"));
    count(pulp_emit_event("/events", "1", "x", "x"));
    if (pulp_subscribers("/events")) count(PULP_OK);
    count(pulp_fetch_url("http://127.0.0.1/", &answer));
    count(pulp_fetch_begin(&(PulpFetch){.url = "http://127.0.0.1/"}, &answer));
    count(pulp_fetch_read(&answer, 1, &part, &ended));
    pulp_fetch_close(&answer);
    if (*pulp_fetch_error().code) count(PULP_OK);
}

static void call_docker(void) {
    static const char *const command[] = {"true"};
    PulpContainer container;
    const PulpContainer *containers;
    PulpContainerStats stats;
    const PulpContainerStats *all;
    const PulpContainerEvent *events;
    PulpExecuted executed;
    PulpContainerLog log;
    PulpBuild build;
    PulpBytes bytes;
    uint32_t number;
    count(pulp_docker_list(NULL, 0, &containers, &number));
    count(pulp_docker_get("x", &container));
    count(pulp_docker_create(&(PulpContainerRequest){.image = "x"}, &container));
    count(pulp_docker_destroy("x"));
    count(pulp_docker_restart("x"));
    count(pulp_docker_exec("x", command, 1, &executed));
    count(pulp_docker_logs("x", 1, &log));
    count(pulp_docker_stats("x", &stats));
    count(pulp_docker_stats_all(&all, &number));
    count(pulp_docker_file_read("x", "/x", &bytes));
    count(pulp_docker_file_write("x", "/x", PULP_BYTES("x")));
    count(pulp_docker_file_delete("x", "/x"));
    count(pulp_docker_events(0, 0, &events, &number));
    count(pulp_docker_build("x", "", NULL, 0));
    count(pulp_docker_build_status(&build));
}

void use_everything_without_grants(PulpRequest *request) {
    called = refused = 0;
    call_storage();
    call_connections(request);
    call_docker();
    pulp_respond_text(request, 200, pulp_format("%u of %u", (unsigned)refused, (unsigned)called));
}
