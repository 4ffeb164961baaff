// SPDX-License-Identifier: GPL-2.0-or-later
//
// A compromised emulator, for the files that have its modes. The first 4096 bytes of its disk have
// its orders, as text:
//
//   modes NAME...       what it does, in this order
//   KEY VALUE           what a mode has to know: paths, processes, numbers
//   try WORDS           for the mode "tries", any number of lines
//   after start         modes of vmm-talk.c wait until somebody writes a byte at VMM_GO_AT
//
// A mode that outlives the emulator waits for that byte too. Then it writes the time
// (CLOCK_REALTIME_COARSE, nanoseconds, 64 bits) at VMM_ALIVE_AT through a shared mapping, as long
// as it lives.
//
// Its report is on the disk too, from VMM_REPORT_AT on: one line for each try, and at the end of
// each mode a line "done NAME". It speaks QMP like an emulator unless a mode changes that.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	VMM_ORDERS = 4096,
	VMM_REPORT_AT = 65536,
	VMM_REPORT = 262144,
	VMM_ALIVE_AT = 524288,
	VMM_GO_AT = VMM_ALIVE_AT + 8,
	VMM_QMP = 3, // the descriptor that svirt gives it
};

enum vmm_when {
	VMM_HELLO,     // before the greeting, which follows unless the mode set greeted
	VMM_RUNNING,   // when "cont" was answered, once
	VMM_POWERDOWN, // instead of the shutdown that system_powerdown asks for
	VMM_QUIT,      // instead of the end that quit asks for, and of the answer
};

struct vmm {
	char orders[VMM_ORDERS + 1];
	char *disk; // its path; NULL: none
	char *name; // of the guest
	int disk_fd;
	size_t reported;
	bool greeted; // no greeting follows
	bool deaf;    // commands are read and not answered
	bool running;
	bool was_running; // modes of that moment are over
};

struct vmm_mode {
	const char *name;
	enum vmm_when when;
	const char *what; // the try in a few words, for the table
	void (*run)(struct vmm *vmm);
};

// Tables of modes, each ended by a mode without a name: tries on other guests (vmm-reach.c) and on
// the host (vmm-host.c), ways to send (vmm-talk.c), ways to end or to stay alive (vmm-end.c).
extern const struct vmm_mode vmm_reach[], vmm_host[], vmm_talk[], vmm_end[];

// The value of a key of the orders, "" when the key is missing. In a static buffer that lasts for
// eight calls.
const char *vmm_fact(const struct vmm *vmm, const char *key);

// One line of the report.
__attribute__((format(printf, 2, 3))) void vmm_report(struct vmm *vmm, const char *format, ...);

// Makes a try (tries.h), written as one line, and reports its result.
__attribute__((format(printf, 2, 3))) void vmm_try(struct vmm *vmm, const char *format, ...);

// Reports the result of a try that a mode makes itself: "WHAT: allowed", or "WHAT: denied" and
// errno.
void vmm_tried(struct vmm *vmm, const char *what, bool allowed);

// Sends text on QMP unchanged. False when the other end is closed.
bool vmm_say(const char *text);

// Answers the pending commands, and those that arrive within ms; -1: for ever. False when the other
// end is closed.
bool vmm_serve(struct vmm *vmm, int ms);

// Answers commands until the test has written a byte at VMM_GO_AT.
void vmm_wait_go(struct vmm *vmm);
