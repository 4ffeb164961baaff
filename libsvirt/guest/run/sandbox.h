/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What processes of svirt's give up. A monitor, when its guest runs: every capability that putting
 * labels back does not need, and every system call that it does not need any more, above all
 * executing programs. A user's guest, before its program is executed: the system calls that would
 * reach what the user has, and that Landlock does not look at. Must not know which models there
 * are.
 */
#pragma once

#include "store/store.h"

/* lease: that of the guest, whose models may need capabilities of their own for that. user: of a
 * user's guest; no capability is kept. */
int sv_sandbox_enter(const struct sv_lease *lease, bool user, struct sv_error *err) sv_must_check;

/* For the child that becomes a user's guest, after its layers were entered. network: its document
 * has something that uses the internet's protocols. modes: fchmod(2) is left, for modes of at most
 * 0640. The calls that are taken away answer EACCES, and clone3(2) ENOSYS. No other process is
 * made, so none is left when the guest has ended. */
int sv_sandbox_guest(bool network, bool modes, struct sv_error *err) sv_must_check;
