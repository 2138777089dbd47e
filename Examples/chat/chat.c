// A chat room: GET / is the page, /chat the WebSocket. What one says goes to all by one `pulp_send_many`.
#include "pulp.h"
#include "page.h"

enum { most = 1000, longest = 2000 };
static uint64_t members[most];
static uint32_t count;

static void say(PulpBytes text) { pulp_send_many(members, count, true, text, NULL); }

// "3 here": told to all when somebody comes or goes.
static void tell_count(void) { say(pulp_bytes_of(pulp_format("%u here", (unsigned)count))); }

static void enter(PulpSocketOpened *opened) {
    if (count == most) {
        pulp_close(opened->connection, 1013, "the room is full");
        return;
    }
    members[count++] = opened->connection;
    tell_count();
}

static void leave(PulpSocketClosed *closed) {
    for (uint32_t i = 0; i < count; i++) {
        if (members[i] != closed->connection) continue;
        members[i] = members[--count];
        tell_count();
        return;
    }
}

static void pass_on(PulpMessage *message) {
    if (message->is_text && message->payload.length <= longest) say(message->payload);
    else pulp_close(message->connection, 1008, "text of 2000 bytes at most");
}

static void show_page(PulpRequest *request) { pulp_respond_html(request, 200, page); }

void pulp_configure(PulpConfig config) {
    pulp_get("/", show_page);
    pulp_websocket("/chat");
    pulp_on_open(enter);
    pulp_on_message(pass_on);
    pulp_on_close(leave);
}
