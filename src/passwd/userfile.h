/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userfile.h - a password file that is being changed
 *
 * Keeps comments, order and what it does not understand. A change is all there or
 * not at all: a new file is written beside the old one, made durable and put in
 * its place, with its mode and owner. Whoever changes a file in the same folder
 * waits meanwhile.
 *
 * Memory: one owner; userfile_free() lets the next one in.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct UserFile UserFile;

UserFile *userfile_open(const char *path, GError **error);
UserFile *userfile_create(const char *path, GError **error); /* there must be none yet */
bool      userfile_save(UserFile *file, GError **error);
void      userfile_free(UserFile *file); /* NULL is fine; loses what was not saved */

void userfile_set(UserFile *file, const char *user, const char *hash);
bool userfile_remove(UserFile *file, const char *user); /* false: no such user */

/* Replaces every plain password by the hash that `make` returns; NULL with `error` ends it. */
typedef struct {
	unsigned converted, kept;
} UserFileCounts;

typedef char *(*UserFileHash)(const char *user, const char *password, const void *data,
                              GError **error);

bool userfile_convert(UserFile *file, UserFileHash make, const void *data, UserFileCounts *counts,
                      GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UserFile, userfile_free)
