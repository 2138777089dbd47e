// A room: what one says at /chat goes to everybody who is connected.
#include "pulp.h"

static uint64_t members[1000];
static uint32_t count;

static void opened(PulpSocketOpened *member) {
    if (count < sizeof members / sizeof *members) {
        members[count++] = member->connection;
    } else {
        pulp_close(member->connection, 1013, "the room is full");
    }
}

static void received(PulpMessage *message) {
    pulp_send_many(members, count, message->is_text, message->payload, NULL);
}

// The last one takes the place of the one who leaves.
static void closed(PulpSocketClosed *member) {
    for (uint32_t i = 0; i < count; i++) {
        if (members[i] == member->connection) members[i--] = members[--count];
    }
}

void pulp_configure(PulpConfig config) {
    pulp_on_open(opened);
    pulp_on_message(received);
    pulp_on_close(closed);
    pulp_websocket("/chat");
}
