// Containers in a C guest: the host's functions of `spawn.docker`, each with a MessagePack request.
#ifndef PULP_DOCKER_H
#define PULP_DOCKER_H

#include "pulp_abi.h"

// Asks, and gets an answer in memory that is the guest's to free.
#define PULP_DOCKER_QUERY(name) \
    extern int32_t PULP_IMPORT(name)(const void *request, uint32_t length, void **response, uint32_t *response_length)
// Asks for something to be done.
#define PULP_DOCKER_COMMAND(name) extern int32_t PULP_IMPORT(name)(const void *request, uint32_t length)

PULP_DOCKER_QUERY(docker_list);
PULP_DOCKER_QUERY(docker_get);
PULP_DOCKER_QUERY(docker_create);
PULP_DOCKER_COMMAND(docker_destroy);
PULP_DOCKER_COMMAND(docker_restart);
PULP_DOCKER_QUERY(docker_exec);
PULP_DOCKER_QUERY(docker_logs);
PULP_DOCKER_QUERY(docker_stats);
PULP_DOCKER_QUERY(docker_stats_all);
PULP_DOCKER_QUERY(docker_files_read); // the answer is the file's bytes
PULP_DOCKER_COMMAND(docker_files_write);
PULP_DOCKER_COMMAND(docker_files_delete);
PULP_DOCKER_QUERY(docker_events_poll);
PULP_DOCKER_COMMAND(docker_build);
PULP_DOCKER_QUERY(docker_build_status);

#endif
