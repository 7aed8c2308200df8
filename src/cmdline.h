/* SPDX-License-Identifier: Apache-2.0 */
/* cmdline.h - what vibemqd is called with: vibemqd(8) */
#pragma once

#include <vibemq/types.h>

typedef struct {
	char *config_file; /* NULL: none */
	char *debug;       /* areas, shell patterns separated by commas; NULL: none */
	int   port;        /* 0: as configured */
	bool  check_config, version;
} Cmdline;

/* Fails with a sentence for the terminal. */
bool cmdline_parse(int *argc, char ***argv, Cmdline *cmdline, GError **error);
void cmdline_clear(Cmdline *cmdline);
