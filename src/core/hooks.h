/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - asking and telling the plugins
 *
 * Owner:   plugin.c adds the plugins in the order of the configuration and then opens
 *          the table, all at once: until then nobody is asked or told. broker.c closes
 *          it, while workers still turn: from then on nobody is let in.
 * Threads: each hook's own, see <vibemq/hooks.h>. hooks_filter_changed() may be called
 *          on any worker and tells on control.
 */
#pragma once

#include <vibemq/hooks.h>

void hooks_add(const char *plugin, const VmqHooks *hooks, void *state); /* NULL hooks: none */
void hooks_open(void);
void hooks_close(void);

/*
 * Gates: VMQ_ALLOW when nobody objects. `plugin` names who answered, for the log. A
 * plugin that says VMQ_PENDING or VMQ_CONTINUE is asked no further; what comes next
 * is asked of it alone: hooks_auth().
 */
VmqVerdict hooks_connect(VmqConnect *connect, VmqTicket ticket, int *asked);
VmqVerdict hooks_auth(VmqConnect *connect, VmqTicket ticket, int asked);
VmqVerdict hooks_authorize(VmqAccess *access);
bool       hooks_has_authorize(void); /* does anybody have an opinion? */

/*
 * After a pending answer of VMQ_NEXT: asks those that come after number `asked`.
 */
VmqVerdict hooks_connect_after(VmqConnect *connect, VmqTicket ticket, int *asked);

const char *hooks_plugin(int asked); /* its name, for the log; "-": none */

bool hooks_has_auth(void); /* does anybody do enhanced authentication? */

bool hooks_rewrite(VmqDraft *draft); /* whether anybody was asked */

void hooks_started(void);
void hooks_stopping(void);
void hooks_reload(unsigned plugin, const VmqConf *conf); /* by its number in the order of hooks_add() */
void hooks_client_online(const VmqClient *client);
void hooks_client_offline(const VmqClient *client, VmqReason reason);
void hooks_filter_changed(const char *filter);
void hooks_retained_changed(VmqMsg *msg);
