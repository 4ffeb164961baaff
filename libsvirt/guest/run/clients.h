/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The clients of a monitor and the state of each. A client makes one request, and no client has to
 * wait until another one has sent its own. The monitor handles the requests (guest/run/monitor).
 * Knows no VMM.
 */
#pragma once

#include "guest/state/control.h"

#include <poll.h>

#define SV_CLIENTS_MAX 16

enum sv_client_phase {
	SV_CLIENT_NEW,	  /* has asked nothing yet */
	SV_CLIENT_ASKED,  /* waits for its turn */
	SV_CLIENT_SERVED, /* the VMM has been told */
	SV_CLIENT_WAITS,  /* for the end of the guest */
};

struct sv_client {
	int fd; /* -1: free */
	enum sv_client_phase phase;
	enum sv_control_op op;
};

struct sv_clients {
	int listener; /* borrowed */
	struct sv_client list[SV_CLIENTS_MAX];
};
#define SV_CLIENTS_POLL (SV_CLIENTS_MAX + 1)

void sv_clients_init(struct sv_clients *clients, int listener);
/* Closes all clients without an answer. The listener stays open. */
void sv_clients_done(struct sv_clients *clients);

/* Fills p: the listener first, then each place of the list. */
void sv_clients_gather(const struct sv_clients *clients, struct pollfd p[SV_CLIENTS_POLL]);

/* Accepts one client. When no place is free, it takes that of a client that has asked nothing yet.
 * When all have asked, the new client is told to come back. */
void sv_clients_accept(struct sv_clients *clients);

/* Reads from a client. True: its request has come, and it is SV_CLIENT_ASKED now. Otherwise it has
 * hung up, or sent nonsense or a second request, and is closed. */
bool sv_client_receive(struct sv_client *client);

/* Answers a client and closes it. */
void sv_client_answer(struct sv_client *client, const struct sv_error *err);

/* A client in that phase; NULL: none. */
struct sv_client *sv_clients_find(struct sv_clients *clients, enum sv_client_phase phase);
