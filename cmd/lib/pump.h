/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output of a program that may not write files. Where standard output or standard error is a file,
 * the program gets a pipe instead. A process of ours, with the rights of the caller, copies from
 * the pipe to the file. Must not know what is written, nor by which program.
 */
#pragma once

#include "svirt.h"

/* Replaces those of descriptors 1 and 2 that are files by pipes, and starts the writer. *ret is a
 * descriptor without O_CLOEXEC, with the number to, that output_finish() (lib/cli.c) reads. 0: no
 * writer was needed. */
int pump_start(int to, uint32_t *ret, struct svirt_error *err);
