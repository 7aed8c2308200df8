/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - moves bytes over a socket, and knows no MQTT */
#include "net/stream.h"

#include "base/metrics.h"
#include "run/worker.h"

#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

/* The least that one read asks for when the beginning of a packet is already here. */
#define READ_LEAST (16 * 1024)

#define IOVECS 64

/*
 * From here on bytes leave before the turn ends: one more system call for so many costs nothing
 * beside the memory that would be touched for the first time if they all waited. With the message
 * that passes it, of up to 4 KiB, it is still what goes through the kernel in one piece, a bit less
 * than 64 KiB: one byte more is a second piece, with all that a piece costs beside its bytes.
 */
#define FLUSH_AT (60 * 1024)

typedef enum { STREAM_CONNECTING, STREAM_OPEN, STREAM_FINISHING, STREAM_DEAD } StreamState;

/* Bytes of somebody else's, to be sent when `at` bytes of the out buffer have been. */
typedef struct {
	uint64_t       at;
	VmqBytes       bytes;
	void          *owner;
	GDestroyNotify release;
} Ref;

/* First what each write looks at, then the rest. */
struct VmqStream {
	Watch                  watch;
	TurnTask               flush; /* something to send */
	Buf                    out;
	GArray                *refs;     /* of Ref, by `at`; NULL: none */
	size_t                 ref_bytes;
	StreamState            state;
	bool                   reading, freed, drain_wanted;
	uint64_t               out_sent; /* bytes of `out` sent since the beginning */
	const VmqCounter      *sent_counter; /* of bytes; NULL: nobody counts */
	const VmqStreamEvents *events;
	void                  *data;
	Buf                    in;
	TurnTask               later; /* a callback that must not come from inside a call, or the end */
	Timer                  linger;
	const char            *why;      /* it died */
	char                  *peer;     /* its address as text */
	VmqStream             *next, **link; /* among those that finish */
};

/* Those of this worker that finish: nobody else knows of them any more. */
static _Thread_local VmqStream *finishing;

static void
list_finishing(VmqStream *stream)
{
	stream->next = finishing;
	stream->link = &finishing;
	if (finishing != NULL)
		finishing->link = &stream->next;
	finishing = stream;
}

static void
unlist_finishing(VmqStream *stream)
{
	if (stream->link == NULL)
		return;
	*stream->link = stream->next;
	if (stream->next != NULL)
		stream->next->link = stream->link;
	stream->link = NULL;
}

static void
clear_ref(void *data)
{
	Ref *ref = data;

	ref->release(ref->owner);
}

static void
drop_out(VmqStream *stream)
{
	worker_give_buf(worker_here(), &stream->out);
	g_clear_pointer(&stream->refs, g_array_unref);
	stream->ref_bytes = 0;
}

static void
shut(VmqStream *stream)
{
	if (stream->watch.fd < 0)
		return;
	worker_unwatch(worker_here(), &stream->watch);
	close(stream->watch.fd);
	stream->watch.fd = -1;
	worker_cancel(worker_here(), &stream->flush);
	worker_stop_timer(worker_here(), &stream->linger);
	drop_out(stream);
}

/* The socket is gone; the owner hears of it at the end of the turn. */
static void
die(VmqStream *stream, const char *why)
{
	if (stream->state == STREAM_DEAD)
		return;

	bool has_owner = stream->state != STREAM_FINISHING;

	stream->state = STREAM_DEAD;
	stream->why = why;
	shut(stream);
	if (!has_owner)
		vmq_stream_free(stream);
	else
		worker_at_turn_end(worker_here(), TURN_POST, &stream->later);
}

/* ---- out ---- */

size_t
vmq_stream_get_unsent(const VmqStream *stream)
{
	return buf_size(&stream->out) + stream->ref_bytes;
}

uint64_t
vmq_stream_get_sent(const VmqStream *stream)
{
	return stream->out_sent;
}

static void
want_flush(VmqStream *stream)
{
	if (stream->state == STREAM_OPEN && !(stream->watch.events & EPOLLOUT))
		worker_at_turn_end(worker_here(), TURN_FLUSH, &stream->flush);
}

Buf *
stream_out(VmqStream *stream)
{
	if (buf_size(&stream->out) >= FLUSH_AT && !(stream->watch.events & EPOLLOUT))
		vmq_stream_flush(stream);
	if (stream->out.room == 0)
		stream->out = worker_take_buf(worker_here());
	want_flush(stream);
	return &stream->out;
}

/* What comes first in it, on up to three lines. */
void
stream_expect(const VmqStream *stream)
{
	__builtin_prefetch(stream);
	__builtin_prefetch(&stream->out);
	__builtin_prefetch(&stream->events);
}

void
stream_want_drained(VmqStream *stream)
{
	stream->drain_wanted = true;
}

void
vmq_stream_write(VmqStream *stream, VmqBytes bytes)
{
	if (stream->state != STREAM_CONNECTING && stream->state != STREAM_OPEN)
		return;
	buf_append_bytes(stream_out(stream), bytes);
	stream_want_drained(stream);
}

void
stream_write_ref(VmqStream *stream, VmqBytes bytes, void *owner, GDestroyNotify release)
{
	if (stream->state != STREAM_OPEN) {
		release(owner);
		return;
	}
	if (stream->refs == NULL) {
		stream->refs = g_array_new(FALSE, FALSE, sizeof(Ref));
		g_array_set_clear_func(stream->refs, clear_ref);
	}

	Ref ref = {stream->out_sent + buf_size(&stream->out), bytes, owner, release};

	g_array_append_val(stream->refs, ref);
	stream->ref_bytes += bytes.size;
	want_flush(stream);
}

static void
add_iovec(struct iovec *vec, int *n, const uint8_t *data, size_t size)
{
	if (size > 0)
		vec[(*n)++] = (struct iovec){.iov_base = (void *) data, .iov_len = size};
}

/* Buffer and references, in the order in which they were written. */
static int
gather(const VmqStream *stream, struct iovec vec[IOVECS])
{
	VmqBytes rest = buf_bytes(&stream->out);
	uint64_t at = stream->out_sent;
	int      n = 0;

	for (guint i = 0; stream->refs != NULL && i < stream->refs->len; i++) {
		if (n + 3 > IOVECS)
			return n;

		const Ref *ref = &g_array_index(stream->refs, Ref, i);
		size_t     before = (size_t) (ref->at - at);

		add_iovec(vec, &n, rest.data, before);
		add_iovec(vec, &n, ref->bytes.data, ref->bytes.size);
		rest.data += before;
		rest.size -= before;
		at = ref->at;
	}
	add_iovec(vec, &n, rest.data, rest.size);
	return n;
}

static void
sent_from_buf(VmqStream *stream, size_t size)
{
	buf_consume(&stream->out, size);
	stream->out_sent += size;
}

static void
sent(VmqStream *stream, size_t size)
{
	while (stream->refs != NULL && stream->refs->len > 0) {
		Ref   *ref = &g_array_index(stream->refs, Ref, 0);
		size_t before = MIN(size, (size_t) (ref->at - stream->out_sent));

		sent_from_buf(stream, before);
		size -= before;

		size_t part = MIN(size, ref->bytes.size);

		ref->bytes.data += part;
		ref->bytes.size -= part;
		stream->ref_bytes -= part;
		size -= part;
		if (ref->bytes.size > 0 || ref->at > stream->out_sent)
			return;
		g_array_remove_index(stream->refs, 0);
	}
	sent_from_buf(stream, size);
}

static void
set_events(VmqStream *stream)
{
	uint32_t events = 0;

	if (stream->state == STREAM_CONNECTING || vmq_stream_get_unsent(stream) > 0)
		events |= EPOLLOUT;
	if (stream->state == STREAM_FINISHING || (stream->state == STREAM_OPEN && stream->reading))
		events |= EPOLLIN;
	worker_rewatch(worker_here(), &stream->watch, events);
}

static void
all_sent(VmqStream *stream)
{
	drop_out(stream);
	if (stream->state == STREAM_FINISHING) {
		if (shutdown(stream->watch.fd, SHUT_WR) != 0)
			die(stream, "shutdown failed");
		return;
	}
	if (stream->drain_wanted && stream->events != NULL && stream->events->on_drained != NULL)
		worker_at_turn_end(worker_here(), TURN_POST, &stream->later);
	else
		stream->drain_wanted = false;
}

/* One block goes by the shorter way through the kernel. */
static ssize_t
send_some(const VmqStream *stream)
{
	struct iovec vec[IOVECS];
	int          n = gather(stream, vec);

	if (n == 1)
		return send(stream->watch.fd, vec[0].iov_base, vec[0].iov_len, MSG_NOSIGNAL);
	return writev(stream->watch.fd, vec, n);
}

static void
count_sent(const VmqStream *stream, ssize_t size)
{
	if (stream->sent_counter != NULL)
		metrics_add(*stream->sent_counter, size);
}

static void
flush_now(VmqStream *stream)
{
	while (vmq_stream_get_unsent(stream) > 0) {
		ssize_t size = send_some(stream);

		if (size >= 0) {
			count_sent(stream, size);
			sent(stream, (size_t) size);
		} else if (errno == EAGAIN) {
			set_events(stream);
			return;
		} else if (errno != EINTR) {
			die(stream, g_strerror(errno));
			return;
		}
	}
	set_events(stream);
	all_sent(stream);
}

void
vmq_stream_flush(VmqStream *stream)
{
	if (stream->state == STREAM_OPEN && vmq_stream_get_unsent(stream) > 0)
		flush_now(stream);
}

static void
on_flush(TurnTask *task)
{
	vmq_stream_flush((VmqStream *) ((char *) task - G_STRUCT_OFFSET(VmqStream, flush)));
}

/* ---- in ---- */

/* Offers bytes to the owner; what it leaves is kept. */
static void
offer_scratch(VmqStream *stream, const uint8_t *data, size_t size)
{
	size_t used = stream->events->on_bytes(stream->data, (VmqBytes){data, size});

	if (used < size && stream->state != STREAM_DEAD)
		buf_append(&stream->in, data + used, size - used);
}

static void
offer_kept(VmqStream *stream)
{
	size_t used = stream->events->on_bytes(stream->data, buf_bytes(&stream->in));

	buf_consume(&stream->in, used);
	if (buf_size(&stream->in) == 0)
		buf_free(&stream->in);
}

static void
read_some(VmqStream *stream)
{
	bool     fresh = buf_size(&stream->in) == 0;
	uint8_t *into = worker_scratch(worker_here());
	size_t   room = WORKER_SCRATCH_BYTES;

	if (!fresh) {
		room = MAX(READ_LEAST, buf_size(&stream->in));
		into = buf_reserve(&stream->in, room);
	}

	ssize_t size = recv(stream->watch.fd, into, room, 0);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size <= 0) {
		die(stream, size == 0 ? "end of stream" : g_strerror(errno));
	} else if (stream->state == STREAM_FINISHING) {
		return; /* thrown away */
	} else if (fresh) {
		offer_scratch(stream, into, (size_t) size);
	} else {
		buf_added(&stream->in, (size_t) size);
		offer_kept(stream);
	}
}

static void
finish_connecting(VmqStream *stream)
{
	int       status = 0;
	socklen_t size = sizeof(status);

	getsockopt(stream->watch.fd, SOL_SOCKET, SO_ERROR, &status, &size);
	if (status != 0) {
		die(stream, g_strerror(status));
		return;
	}
	stream->state = STREAM_OPEN;
	set_events(stream);
	stream->events->on_connected(stream->data);
	if (stream->state == STREAM_OPEN)
		want_flush(stream);
}

static void
on_ready(Watch *watch, uint32_t events)
{
	VmqStream *stream = (VmqStream *) watch;

	if (stream->state == STREAM_CONNECTING) {
		finish_connecting(stream);
		return;
	}
	if (events & EPOLLOUT)
		flush_now(stream);

	bool wants = stream->reading || stream->state == STREAM_FINISHING;

	if (stream->state == STREAM_DEAD || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	if (wants)
		read_some(stream);
	else if (events & (EPOLLHUP | EPOLLERR))
		die(stream, "connection reset"); /* unread bytes are of no use to a lost connection */
}

void
vmq_stream_set_reading(VmqStream *stream, bool reading)
{
	if (stream->reading == reading)
		return;
	stream->reading = reading;
	if (stream->state != STREAM_OPEN)
		return;
	set_events(stream);
	if (reading && buf_size(&stream->in) > 0)
		worker_at_turn_end(worker_here(), TURN_POST, &stream->later);
}

/* ---- life ---- */

static void
on_free(TurnTask *task)
{
	VmqStream *stream = (VmqStream *) ((char *) task - G_STRUCT_OFFSET(VmqStream, later));

	buf_free(&stream->in);
	buf_free(&stream->out); /* what was written after its death */
	g_free(stream->peer);
	g_free(stream);
}

/* What could not be called from where it happened. */
static void
on_later(TurnTask *task)
{
	VmqStream *stream = (VmqStream *) ((char *) task - G_STRUCT_OFFSET(VmqStream, later));

	if (stream->state == STREAM_DEAD) {
		stream->events->on_closed(stream->data, stream->why);
		return;
	}
	if (stream->drain_wanted && vmq_stream_get_unsent(stream) == 0) {
		stream->drain_wanted = false;
		if (stream->events->on_drained != NULL)
			stream->events->on_drained(stream->data);
	}
	if (stream->state == STREAM_OPEN && stream->reading && buf_size(&stream->in) > 0)
		offer_kept(stream);
}

static void
on_linger(Timer *timer)
{
	die((VmqStream *) ((char *) timer - G_STRUCT_OFFSET(VmqStream, linger)), "lingered");
}

VmqStream *
stream_new(int fd, const Address *peer)
{
	VmqStream *stream = g_new0(VmqStream, 1);
	char       text[ADDRESS_TEXT_BYTES];
	int        one = 1;

	/* Our writes are whole turns already; Nagle would only hold the last one back. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	stream->watch = (Watch){.fd = fd, .on_ready = on_ready};
	stream->flush.run = on_flush;
	stream->later.run = on_later;
	stream->linger.func = on_linger;
	address_format(peer, text);
	stream->peer = g_strdup(text);
	stream->reading = true;
	stream->state = STREAM_OPEN;
	return stream;
}

void
vmq_stream_set_events(VmqStream *stream, const VmqStreamEvents *events, void *data)
{
	stream->events = events;
	stream->data = data;
}

void
stream_leave(VmqStream *stream)
{
	worker_unwatch(worker_here(), &stream->watch);
	worker_cancel(worker_here(), &stream->flush);
	worker_cancel(worker_here(), &stream->later);
}

void
stream_arrive(VmqStream *stream)
{
	if (stream->state == STREAM_DEAD || buf_size(&stream->in) > 0)
		worker_at_turn_end(worker_here(), TURN_POST, &stream->later);
	if (stream->state == STREAM_DEAD)
		return; /* it died in the turn in which it left: there is no socket to watch */
	worker_watch(worker_here(), &stream->watch, EPOLLIN);
	if (vmq_stream_get_unsent(stream) > 0)
		want_flush(stream);
	set_events(stream);
}

VmqStream *
vmq_stream_connect(const char *address, const VmqStreamEvents *events, void *data, GError **error)
{
	Address peer;

	if (!address_parse(address, &peer, error))
		return NULL;

	int fd = socket(peer.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || (connect(fd, (struct sockaddr *) &peer.storage, peer.size) != 0 &&
	               errno != EINPROGRESS)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", address,
		            g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}

	VmqStream *stream = stream_new(fd, &peer);

	stream->state = STREAM_CONNECTING;
	vmq_stream_set_events(stream, events, data);
	worker_watch(worker_here(), &stream->watch, EPOLLOUT);
	return stream;
}

const char *
vmq_stream_get_address(const VmqStream *stream)
{
	return stream->peer;
}

void
stream_count_sent(VmqStream *stream, const VmqCounter *counter)
{
	stream->sent_counter = counter;
}

void
stream_finish(VmqStream *stream)
{
	if (stream->state != STREAM_OPEN) {
		vmq_stream_free(stream);
		return;
	}
	worker_cancel(worker_here(), &stream->later);
	stream->state = STREAM_FINISHING;
	list_finishing(stream);
	worker_set_timer(worker_here(), &stream->linger, vmq_now_ms() + STREAM_LINGER_MS);
	worker_cancel(worker_here(), &stream->flush);
	if (vmq_stream_get_unsent(stream) > 0)
		flush_now(stream);
	else if (shutdown(stream->watch.fd, SHUT_WR) != 0)
		die(stream, "shutdown failed");
	if (stream->state == STREAM_FINISHING)
		set_events(stream);
}

void
vmq_stream_free(VmqStream *stream)
{
	if (stream == NULL || stream->freed)
		return;
	stream->freed = true;
	stream->state = STREAM_DEAD;
	unlist_finishing(stream);
	shut(stream);
	worker_cancel(worker_here(), &stream->later);
	stream->later.run = on_free;
	worker_at_turn_end(worker_here(), TURN_FREE, &stream->later);
}

void
streams_cut(void)
{
	while (finishing != NULL)
		vmq_stream_free(finishing);
}
