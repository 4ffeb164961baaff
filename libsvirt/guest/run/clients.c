/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clients of a monitor: see clients.h. */
#include "guest/run/clients.h"

#include <unistd.h>

void sv_clients_init(struct sv_clients *clients, int listener)
{
	*clients = (struct sv_clients){.listener = listener};
	for (int i = 0; i < SV_CLIENTS_MAX; i++)
		clients->list[i].fd = -1;
}

void sv_clients_done(struct sv_clients *clients)
{
	for (int i = 0; i < SV_CLIENTS_MAX; i++)
		sv_close_fd(&clients->list[i].fd);
}

void sv_clients_gather(const struct sv_clients *clients, struct pollfd p[SV_CLIENTS_POLL])
{
	p[0] = (struct pollfd){.fd = clients->listener, .events = POLLIN};
	for (int i = 0; i < SV_CLIENTS_MAX; i++)
		p[i + 1] = (struct pollfd){.fd = clients->list[i].fd, .events = POLLIN};
}

static struct sv_client *find_place(struct sv_clients *clients)
{
	struct sv_client *idle;

	for (int i = 0; i < SV_CLIENTS_MAX; i++) {
		if (clients->list[i].fd < 0)
			return &clients->list[i];
	}
	idle = sv_clients_find(clients, SV_CLIENT_NEW);
	if (idle)
		sv_close_fd(&idle->fd);
	return idle;
}

void sv_clients_accept(struct sv_clients *clients)
{
	struct sv_client new = {.fd = -1}, *place;
	struct sv_error e = {0};

	if (sv_control_accept(clients->listener, &new.fd, &e) != 0)
		return;
	place = find_place(clients);
	if (place) {
		*place = new;
		return;
	}
	sv_fail(&e, SV_E_BUSY, 0, "the monitor serves %d clients already", SV_CLIENTS_MAX);
	sv_client_answer(&new, &e);
}

bool sv_client_receive(struct sv_client *client)
{
	if (client->phase == SV_CLIENT_NEW && sv_control_receive(client->fd, &client->op) == 0) {
		client->phase = SV_CLIENT_ASKED;
		return true;
	}
	sv_close_fd(&client->fd);
	return false;
}

void sv_client_answer(struct sv_client *client, const struct sv_error *err)
{
	if (client->fd >= 0)
		sv_control_answer(client->fd, err);
	sv_close_fd(&client->fd);
}

struct sv_client *sv_clients_find(struct sv_clients *clients, enum sv_client_phase phase)
{
	for (int i = 0; i < SV_CLIENTS_MAX; i++) {
		if (clients->list[i].fd >= 0 && clients->list[i].phase == phase)
			return &clients->list[i];
	}
	return NULL;
}
