// Fails to initialize as its configuration says: `code` is the status, `text` the diagnostic, `length` overrides the
// diagnostic's length (to lie about it). `shutdown_code` is what pulp_shutdown returns.
#define FIXTURE_OWN_SHUTDOWN
#include "fixture.h"

static uint8_t text[8192];
static uint32_t text_length;
static int32_t shutdown_code;

static int64_t setting(const uint8_t *config, uint32_t length, PulpBytes key, int64_t otherwise) {
    PulpReader reader = pulp_reader(config, length);
    return config_find(&reader, key) ? (int64_t)pulp_read_unsigned(&reader) : otherwise;
}

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    PulpReader reader = pulp_reader(config, length);
    if (config_find(&reader, PULP_BYTES("text"))) {
        PulpBytes given = pulp_read_bytes(&reader);
        text_length = given.length < sizeof text ? given.length : sizeof text;
        __builtin_memcpy(text, given.bytes, text_length);
    }
    text_length = setting(config, length, PULP_BYTES("length"), text_length);
    shutdown_code = setting(config, length, PULP_BYTES("shutdown_code"), 0);
    return setting(config, length, PULP_BYTES("code"), 0);
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) { return 0; }

int32_t PULP_EXPORT(pulp_shutdown)(void) { return shutdown_code; }

const uint8_t *PULP_EXPORT(pulp_init_error_ptr)(void) { return text; }

uint32_t PULP_EXPORT(pulp_init_error_len)(void) { return text_length; }
