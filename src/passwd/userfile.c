/* SPDX-License-Identifier: Apache-2.0 */

#include "passwd/userfile.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct UserFile {
	char       *path;
	int         folder; /* open and locked as long as we are here */
	bool        is_new;
	struct stat status; /* of the file there is, unless it is new */
	GPtrArray  *lines;  /* without their ends */
};

static bool
fail(GError **error, const char *verb, const char *path)
{
	int code = errno;

	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code), "cannot %s %s: %s", verb,
	            path, g_strerror(code));
	return false;
}

static bool
lock_folder(UserFile *file, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(file->path);

	file->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->folder < 0)
		return fail(error, "open folder", folder);
	if (flock(file->folder, LOCK_EX) < 0)
		return fail(error, "lock folder", folder);
	return true;
}

static void
wipe_line(void *data)
{
	char *line = data;

	explicit_bzero(line, strlen(line)); /* it may hold a plain password */
	g_free(line);
}

static UserFile *
userfile_new(const char *path)
{
	UserFile *file = g_new0(UserFile, 1);

	file->path = g_strdup(path);
	file->folder = -1;
	file->lines = g_ptr_array_new_with_free_func(wipe_line);
	return file;
}

void
userfile_free(UserFile *file)
{
	if (file == NULL)
		return;
	if (file->folder >= 0)
		close(file->folder);
	g_ptr_array_unref(file->lines);
	g_free(file->path);
	g_free(file);
}

static void
split_lines(UserFile *file, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		char  *line = g_strndup(text, length);

		if (length > 0 && line[length - 1] == '\r')
			line[length - 1] = '\0';
		g_ptr_array_add(file->lines, line);
		text += length + (text[length] == '\n' ? 1 : 0);
	}
}

static bool
read_lines(UserFile *file, GError **error)
{
	char *text;
	gsize size;

	if (stat(file->path, &file->status) < 0)
		return fail(error, "read", file->path);
	if (!S_ISREG(file->status.st_mode)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is not a file",
		            file->path);
		return false;
	}
	if (!g_file_get_contents(file->path, &text, &size, error))
		return false;

	bool whole = strlen(text) == size;

	if (whole)
		split_lines(file, text);
	else
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
		            "%s holds a NUL: not a password file", file->path);
	explicit_bzero(text, size);
	g_free(text);
	return whole;
}

UserFile *
userfile_open(const char *path, GError **error)
{
	char *target = realpath(path, NULL); /* or a symbolic link would become a file */

	if (target == NULL) {
		fail(error, "read", path);
		return NULL;
	}

	g_autoptr(UserFile) file = userfile_new(target);

	free(target);
	if (!lock_folder(file, error) || !read_lines(file, error))
		return NULL;
	return g_steal_pointer(&file);
}

UserFile *
userfile_create(const char *path, GError **error)
{
	g_autoptr(UserFile) file = userfile_new(path);

	file->is_new = true;
	if (!lock_folder(file, error))
		return NULL;
	if (lstat(path, &file->status) == 0) {
		g_set_error(
			error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
			"%s exists: without -c its users are kept, to lose them remove it first",
			path);
		return NULL;
	}
	return g_steal_pointer(&file);
}

static bool
write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, text, size);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			text += written;
			size -= (size_t) written;
		}
	}
	return true;
}

/* The owner only if he is another: who is not root may not even say that he stays. */
static bool
keep_owner(const UserFile *file, int fd)
{
	struct stat mine;

	if (fstat(fd, &mine) < 0)
		return false;
	if (mine.st_uid == file->status.st_uid && mine.st_gid == file->status.st_gid)
		return true;
	return fchown(fd, file->status.st_uid, file->status.st_gid) == 0;
}

static bool
fill(const UserFile *file, int fd, const char *path, GError **error)
{
	if (!file->is_new && !keep_owner(file, fd))
		return fail(error, "keep the owner of", file->path);
	if (!file->is_new && fchmod(fd, file->status.st_mode & 07777) < 0)
		return fail(error, "keep the mode of", file->path);
	for (guint i = 0; i < file->lines->len; i++) {
		const char *line = file->lines->pdata[i];

		if (!write_all(fd, line, strlen(line)) || !write_all(fd, "\n", 1))
			return fail(error, "write", path);
	}
	if (fsync(fd) < 0)
		return fail(error, "write", path);
	return true;
}

bool
userfile_save(UserFile *file, GError **error)
{
	g_autofree char *beside = g_strconcat(file->path, ".XXXXXX", NULL);
	int              fd = g_mkstemp_full(beside, O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(error, "create", beside);

	bool filled = fill(file, fd, beside, error);

	close(fd);
	if (filled && rename(beside, file->path) < 0)
		filled = fail(error, "replace", file->path);
	if (!filled) {
		unlink(beside);
		return false;
	}
	if (fsync(file->folder) < 0)
		return fail(error, "make durable", file->path);
	return true;
}

static bool
is_of(const char *line, const char *user)
{
	size_t length = strlen(user);

	return strncmp(line, user, length) == 0 && line[length] == ':';
}

bool
userfile_remove(UserFile *file, const char *user)
{
	bool found = false;

	for (guint i = file->lines->len; i-- > 0;) {
		if (is_of(file->lines->pdata[i], user)) {
			g_ptr_array_remove_index(file->lines, i);
			found = true;
		}
	}
	return found;
}

static void
replace_line(UserFile *file, guint i, char *line)
{
	wipe_line(file->lines->pdata[i]);
	file->lines->pdata[i] = line;
}

void
userfile_set(UserFile *file, const char *user, const char *hash)
{
	char *line = g_strconcat(user, ":", hash, NULL);

	for (guint i = 0; i < file->lines->len; i++) {
		if (is_of(file->lines->pdata[i], user)) {
			replace_line(file, i, line);
			return;
		}
	}
	g_ptr_array_add(file->lines, line);
}

typedef struct {
	UserFileHash make;
	const void  *data;
} Converter;

static bool
convert_line(UserFile *file, guint i, const Converter *converter, UserFileCounts *counts,
             GError **error)
{
	const char *line = file->lines->pdata[i];
	const char *colon = strchr(line, ':');

	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (colon == NULL || colon == line) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
		            "%s:%u: not a line of user:password", file->path, i + 1);
		return false;
	}
	if (colon[1] == '$') {
		counts->kept++;
		return true;
	}

	g_autofree char *user = g_strndup(line, (size_t) (colon - line));
	g_autofree char *hash = converter->make(user, colon + 1, converter->data, error);

	if (hash == NULL) {
		g_prefix_error(error, "%s:%u: ", file->path, i + 1);
		return false;
	}
	replace_line(file, i, g_strconcat(user, ":", hash, NULL));
	counts->converted++;
	return true;
}

bool
userfile_convert(UserFile *file, UserFileHash make, const void *data, UserFileCounts *counts,
                 GError **error)
{
	const Converter converter = {make, data};

	*counts = (UserFileCounts){0};
	for (guint i = 0; i < file->lines->len; i++) {
		if (!convert_line(file, i, &converter, counts, error))
			return false;
	}
	return true;
}
