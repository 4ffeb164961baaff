// SPDX-License-Identifier: GPL-2.0-or-later
//
// An emulator that was taken over, for the files that have its modes. What it is to do stands in
// the first 4096 bytes of its disk, as text:
//
//   modes NAME...       what it does, in this order
//   KEY VALUE           what a mode has to know: paths, processes, numbers
//   try WORDS           for the mode "tries", any number of lines
//   after start         modes of vmm-talk.c wait until somebody writes a byte at VMM_GO_AT
//
// So does a mode that outlives the emulator, and then it writes the time (CLOCK_REALTIME_COARSE,
// nanoseconds, 64 bits) at VMM_ALIVE_AT through a shared mapping, as long as it lives.
//
// What it found out it writes there too, from VMM_REPORT_AT on: one line for each try, and at the
// end of each mode a line "done NAME". It speaks QMP like an emulator where no mode says otherwise.
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
	VMM_HELLO,     // in front of the greeting; the greeting follows unless the mode set greeted
	VMM_RUNNING,   // when "cont" was answered, once
	VMM_POWERDOWN, // in place of the end that system_powerdown asks for
	VMM_QUIT,      // in place of the end that quit asks for, and of the answer
};

struct vmm {
	char orders[VMM_ORDERS + 1];
	char *disk; // its path; NULL: none
	char *name; // of the guest
	int disk_fd;
	size_t reported;
	bool greeted; // no greeting any more
	bool deaf;    // commands are read and not answered
	bool running;
	bool was_running; // modes of that moment are over
};

struct vmm_mode {
	const char *name;
	enum vmm_when when;
	const char *what; // a misdeed in a few words, for the table
	void (*run)(struct vmm *vmm);
};

// Tables, each ended by a mode without a name, by who plays them: what it reaches of others
// (vmm-reach.c) and of the host (vmm-host.c), how it talks (vmm-talk.c), how it ends or does not
// (vmm-end.c).
extern const struct vmm_mode vmm_reach[], vmm_host[], vmm_talk[], vmm_end[];

// The value of a key of the orders, "" when it is not there. In a static buffer of its own for
// eight calls.
const char *vmm_fact(const struct vmm *vmm, const char *key);

// One line of the report.
__attribute__((format(printf, 2, 3))) void vmm_report(struct vmm *vmm, const char *format, ...);

// Does a try (tries.h), written as one line, and reports what came of it.
__attribute__((format(printf, 2, 3))) void vmm_try(struct vmm *vmm, const char *format, ...);

// Reports what came of a try that a mode makes itself: "WHAT: allowed", or "WHAT: denied" and
// errno.
void vmm_tried(struct vmm *vmm, const char *what, bool allowed);

// Says text on QMP as it stands. False when nobody listens any more.
bool vmm_say(const char *text);

// Answers what has been asked, and what is asked within ms; -1: for ever. False when nobody listens
// any more.
bool vmm_serve(struct vmm *vmm, int ms);

// Answers what is asked until somebody has written a byte at VMM_GO_AT.
void vmm_wait_go(struct vmm *vmm);
