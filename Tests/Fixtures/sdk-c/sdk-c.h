// The parts of the plugin that uses every function of the SDK for C.
#ifndef SDK_C_H
#define SDK_C_H

#include "pulp.h"

// In a check that answers 0, or the line that did not go as it should.
#define EXPECT(condition) \
    if (!(condition)) return __LINE__

int check_text(void);
int check_records(void);
int check_files(void);
int check_sql(void);
int check_docker(const char *image);
int check_docker_ports(const char *image);
void use_sockets(void);
void use_events(void);
void use_fetches(void);
void use_everything_without_grants(PulpRequest *request);

#endif
