/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - all that a reload replaces
 *
 * Threads: not changed after loading: any.
 */
#pragma once

#include "acl.h"
#include "passwd.h"

#include <vibemq/conf.h>

typedef struct {
	Passwd  *passwd; /* never NULL; without a file it is empty */
	Acl     *acl;    /* NULL: everybody may do everything */
	bool     allow_anonymous;
	unsigned max_pending; /* passwords that may wait for their check */
} Rules;

extern const VmqOption rules_options[];

/* Reads the section and the files it names; NULL with `error` if one of them is wrong. */
Rules *rules_load(const VmqConf *conf, GError **error);
void   rules_free(void *rules); /* NULL is fine; a GDestroyNotify */
