/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output of a program that may write no file: where standard output or standard error is a file,
 * the program gets a pipe, and a process of ours, with the rights of whoever opened the file,
 * writes what comes out of it. Must not know what is written, nor by whom.
 */
#pragma once

#include "svirt.h"

/* Puts pipes in the place of those of descriptors 1 and 2 that are files, and starts the writer.
 * *ret: a descriptor without O_CLOEXEC that output_finish() (lib/cli.c) reads, 0 when no writer was
 * needed. to: its number. */
int pump_start(int to, uint32_t *ret, struct svirt_error *err);
