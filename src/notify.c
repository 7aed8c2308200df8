/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c - tells others how we are */
#include "notify.h"

#include "base/log.h"

#include <glib/gstdio.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
notify_send(const char *state)
{
	const char        *path = g_getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t             size = path != NULL ? strlen(path) : 0;

	if (size == 0 || size >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, size);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* the abstract namespace */

	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *) &to,
	           (socklen_t) (G_STRUCT_OFFSET(struct sockaddr_un, sun_path) + size));

	(void) sent; /* if nobody listens there, that is no reason to stop */
	close(fd);
}

void
notify_reloading(void)
{
	g_autofree char *state = g_strdup_printf("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT,
	                                         g_get_monotonic_time());

	notify_send(state);
}

static const char *status_file;

void
notify_set_file(const char *path)
{
	status_file = path != NULL && *path != '\0' ? path : NULL;
}

void
notify_status(const char *status)
{
	g_autoptr(GError)   error = NULL;
	g_autofree char    *state = g_strdup_printf("STATUS=%s", status != NULL ? status : "");
	g_autofree char    *line = g_strdup_printf("%s\n", status != NULL ? status : "");

	notify_send(state);
	if (status_file == NULL)
		return;
	if (status == NULL)
		g_unlink(status_file);
	else if (!g_file_set_contents_full(status_file, line, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
	                                   &error))
		vmq_warn("broker", "status_file: %s", error->message);
}
