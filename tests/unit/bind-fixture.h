/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with one PCI device, in a /sys of the test's own, and a guest that gets it. The fixture is
 * the kernel: it does what is written to driver_override, unbind and drivers_probe, and it kills
 * who writes between any two of them. Linking it takes --wrap for the functions that it replaces.
 */
#pragma once

#include "plan-fixture.h"

#define ADDRESS "0000:06:00.0"
#define DEVICE	"sys/devices/pci0000:00/" ADDRESS
#define BOUND	"vfio-pci override=vfio-pci"

extern struct bind_kernel {
	int writes, kill_at;  /* kill_at 0: nobody is killed */
	bool before;	      /* the write that kills is not done */
	bool refuses;	      /* drivers_probe finds no driver */
	const char *disk_use; /* how the host uses each disk; NULL: it does not */
} bind_kernel;

/* The device has the driver e1000e. */
int bind_setup(void **state);

/* The path of a file below the test's directory, in a buffer; makes the directories on the way. */
const char *bind_below(const char *path);
void bind_attribute(const char *path, const char *text);
void bind_link(const char *path, const char *target);
void bind_file(const char *name);

/* The driver of the device now, in the words of the journal. */
void assert_driver(const char *label);
/* Gives the device a driver (NULL: none) and an override ("\n": none). */
void bind_driver(const char *name, const char *override);

/* A plan of guest a: a disk, the device in line 20, and the node that it gets; or that one alone.
 * What sv_plan_build() says. */
int bind_build(struct sv_plan *ret, struct sv_nodes *nodes, bool only_later, struct sv_error *err);
/* The whole plan, which succeeds. */
void bind_plan(struct sv_plan *ret, struct sv_nodes *nodes);
