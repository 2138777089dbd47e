// A chat room: GET / is the page, /chat the WebSocket. What one says goes to all by one `ws_send_many`.
#include "pulp_http.h"
#include "pulp_websocket.h"
#include "page.h"

void *PULP_EXPORT(pulp_alloc)(uint32_t size) { return pulp_allocate(size, 16); }

void PULP_EXPORT(pulp_free)(void *block, uint32_t size) { pulp_release(block); }

enum { most = 1000, longest = 2000 };
static uint64_t members[most];
static uint32_t count;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) {
    int32_t status = pulp_route(MP_TEXT("GET"), MP_TEXT("/"));
    if (status) return 100 + status;
    status = pulp_ws_listen(MP_TEXT("/chat"));
    return status ? 200 + status : 0;
}

static void say(MPSlice text) { pulp_ws_write_many(members, count, pulp_ws_text, text); }

// "3 here": told to all when somebody comes or goes.
static void tell_count(void) {
    uint8_t text[16], digits[4];
    uint32_t length = 0, left = 0;
    for (uint32_t rest = count; rest || !left; rest /= 10) digits[left++] = '0' + rest % 10;
    while (left) text[length++] = digits[--left];
    __builtin_memcpy(text + length, " here", 5);
    say((MPSlice){text, length + 5});
}

static void enter(uint64_t connection) {
    if (count == most) {
        pulp_ws_end(connection, 1013, MP_TEXT("the room is full"));
        return;
    }
    members[count++] = connection;
    tell_count();
}

static void leave(uint64_t connection) {
    for (uint32_t i = 0; i < count; i++) {
        if (members[i] != connection) continue;
        members[i] = members[--count];
        tell_count();
        return;
    }
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    PulpWebSocketEvent event;
    PulpRequest request;
    if (!pulp_envelope(bytes, length, &envelope)) return 1;
    switch (pulp_read_ws_event(envelope, &event)) {
    case pulp_ws_open: enter(event.connection); return 0;
    case pulp_ws_close: leave(event.connection); return 0;
    case pulp_ws_frame:
        if (event.opcode != pulp_ws_text || event.payload.length > longest)
            return pulp_ws_end(event.connection, 1008, MP_TEXT("text of 2000 bytes at most"));
        say(event.payload);
        return 0;
    }
    if (pulp_read_event(envelope, &request) != pulp_event_request) return 0;
    return pulp_respond(request.id, 200, MP_TEXT("text/html; charset=utf-8"), MP_TEXT(page));
}

int32_t PULP_EXPORT(pulp_shutdown)(void) { return 0; }
