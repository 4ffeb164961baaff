/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disk images for tests, made byte by byte from the specifications, so that the result does not
 * depend on a tool. Every parse runs twice, with the whole file and with only the pieces that the
 * parser requests.
 */
#pragma once

#include "base/string.h"
#include "domain/image/image.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct blob {
	uint8_t *b;
	size_t size;
};

struct blob blob_new(size_t size);
void blob_free(struct blob *blob);
#define auto_blob sv_cleanup(blob_free) struct blob

void put(struct blob *blob, size_t at, const void *bytes, size_t len);
void put_be32(struct blob *blob, size_t at, uint32_t n);
void put_be64(struct blob *blob, size_t at, uint64_t n);
void put_le16(struct blob *blob, size_t at, uint16_t n);
void put_le32(struct blob *blob, size_t at, uint32_t n);
void put_le64(struct blob *blob, size_t at, uint64_t n);
/* ASCII as UTF-16; returns the length in bytes */
size_t put_utf16(struct blob *blob, size_t at, const char *text, bool big_endian);

/* An empty qcow2 image of 64 KiB; version 2 or 3. */
struct blob blob_qcow2(uint32_t version);
/* The backing file's name at byte 1024. */
void qcow2_backing(struct blob *blob, const char *name);
/* Appends a header extension at *at, and moves it. */
void qcow2_extension(struct blob *blob, size_t *at, uint32_t type, const void *data, size_t len);

/* Fails the test when the header is refused. *rounds (may be NULL): how often the parser requested
 * more. */
void parses(enum sv_image_format format, const struct blob *blob, struct sv_image_header *ret,
	    unsigned *rounds);
/* Fails the test when the header is accepted, or refused with another message. */
void refuses(enum sv_image_format format, const struct blob *blob, const char *msg);
