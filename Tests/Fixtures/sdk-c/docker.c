// Containers: every function, with a real engine.
#include "sdk-c.h"

static int check_contents(const char *id) {
    static const char *const command[] = {"sh", "-c", "echo hi; exit 3"};
    PulpExecuted executed;
    PulpContainerLog log;
    PulpBytes bytes;
    EXPECT(pulp_docker_exec(id, command, 3, &executed) == PULP_OK);
    EXPECT(pulp_equal(executed.output, "hi\n") && executed.exit_code == 3 && !executed.is_truncated);
    EXPECT(pulp_docker_logs(id, 10, &log) == PULP_OK && log.text);
    EXPECT(pulp_docker_logs_since(id, 10, "stdout", log.next_ns, &log) == PULP_OK);
    EXPECT(pulp_docker_file_write(id, "/tmp/file", PULP_BYTES("\0\1\2")) == PULP_OK);
    EXPECT(pulp_docker_file_read(id, "/tmp/file", &bytes) == PULP_OK && pulp_same(bytes, PULP_BYTES("\0\1\2")));
    EXPECT(pulp_docker_file_delete(id, "/tmp/file") == PULP_OK);
    EXPECT(pulp_docker_file_read(id, "/tmp/file", &bytes) != PULP_OK && bytes.length == 0);
    return 0;
}

static int check_usage(const char *id) {
    PulpContainerStats stats;
    const PulpContainerStats *all;
    const PulpContainerEvent *events;
    uint32_t count;
    EXPECT(pulp_docker_stats(id, &stats) == PULP_OK && pulp_equal(stats.container_id, id) && stats.memory_limit > 0);
    EXPECT(pulp_docker_stats_all(&all, &count) == PULP_OK && count == 1 && pulp_equal(all[0].name, stats.name));
    EXPECT(pulp_docker_restart(id) == PULP_OK);
    EXPECT(pulp_docker_events(0, 0, &events, &count) == PULP_OK && (count == 0 || pulp_equal(events[0].container_id, id)));
    PulpBuild build;
    EXPECT(pulp_docker_build("local/busybox:sdk-c", "", NULL, 0) == PULP_OK);
    EXPECT(pulp_docker_build_status(&build) == PULP_OK && (build.is_building || build.last_error || build.last_build_time));
    return 0;
}

int check_docker_ports(const char *image) {
    static const PulpPortRequest ports[] = {
        {.container = 80, .host = 8080, .name = "web"}, {.container = 53, .protocol = "udp", .range = "9000-9009"},
    };
    PulpContainerRequest request = {.image = image, .ports = ports, .port_count = 2};
    PulpContainer container;
    EXPECT(pulp_docker_create(&request, &container) == PULP_OK);
    EXPECT(container.port_count == 2 && container.ports[0].host + container.ports[1].host == 8080 + 9004);
    return 0;
}

int check_docker(const char *image) {
    static const char *const command[] = {"sleep", "600"};
    static const PulpField environment[] = {{.name = "NAME", .value = "value"}};
    const PulpContainer *containers;
    PulpContainer container, found;
    uint32_t count;
    EXPECT(pulp_docker_list(NULL, 0, &containers, &count) == PULP_OK && count == 0);
    PulpContainerRequest request = {
        .image = image, .name = "sdk", .command = command, .command_count = 2, .environment = environment, .environment_count = 1,
        .memory_limit = 32 << 20, .pids_limit = 64, .cpu_limit = 0.5,
    };
    EXPECT(pulp_docker_create(&request, &container) == PULP_OK);
    EXPECT(pulp_equal(container.status, "running") && pulp_equal(container.name, "pulp-sdk-c-sdk"));
    EXPECT(container.memory_limit == 32 << 20);
    static const PulpField filter[] = {{.name = "status", .value = "running"}};
    EXPECT(pulp_docker_list(filter, 1, &containers, &count) == PULP_OK && count == 1 && pulp_equal(containers[0].id, container.id));
    EXPECT(pulp_docker_get(container.name, &found) == PULP_OK && pulp_equal(found.id, container.id));
    int line;
    if ((line = check_contents(container.id))) return line;
    if ((line = check_usage(container.id))) return line;
    EXPECT(pulp_docker_destroy(container.id) == PULP_OK && pulp_docker_destroy(container.id) == PULP_NOT_FOUND);
    EXPECT(pulp_docker_get("none", &found) == PULP_NOT_FOUND);
    return 0;
}
