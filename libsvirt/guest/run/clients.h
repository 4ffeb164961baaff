/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has connected to a monitor, and how far each is. One request a client, none waits for
 * another's: what is asked and what comes of it is the monitor's (guest/run/monitor). Knows no VMM.
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
/* Closes all without a word; not the listener. */
void sv_clients_done(struct sv_clients *clients);

/* The listener first, then each place of the list. */
void sv_clients_gather(const struct sv_clients *clients, struct pollfd p[SV_CLIENTS_POLL]);

/* Lets one in. When there is no place left, one that has asked nothing gives up its own; when all
 * have, it is told to come back. */
void sv_clients_accept(struct sv_clients *clients);

/* What has come of a client. True: its request, it is SV_CLIENT_ASKED now. Else it has hung up,
 * talks nonsense or out of turn, and is closed. */
bool sv_client_receive(struct sv_client *client);

/* Ends it with an answer. */
void sv_client_answer(struct sv_client *client, const struct sv_error *err);

/* One that is so far; NULL: none. */
struct sv_client *sv_clients_find(struct sv_clients *clients, enum sv_client_phase phase);
