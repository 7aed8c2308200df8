/* SPDX-License-Identifier: Apache-2.0 */
/* link.c - one TCP connection to a peer */
#include "link.h"

#include <vibemq/log.h>
#include <vibemq/loop.h>

#include <string.h>

typedef enum {
	LINK_CONNECTING, /* dialled, TCP is not there yet */
	LINK_GREETING,   /* the other's first frame is awaited */
	LINK_SETTLING,   /* accepted: HelloAck may still be on its way into one read */
	LINK_UP,
	LINK_DOWN,
} LinkState;

struct Link {
	const LinkConfig *config;
	const LinkEvents *events;
	void             *data;
	VmqStream        *stream;
	VmqTimer         *timer;
	LinkState         state;
	bool              dialled;
	bool             *gone; /* set when freed inside a callback */
	int64_t           heard_ms;
	char             *node_id, *caps;
};

static void
send_frames(Link *link, const GByteArray *frames)
{
	vmq_stream_write(link->stream, (VmqBytes){frames->data, frames->len});
}

static void
send_empty(Link *link, FrameType type)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	frame_put_empty(out, type);
	send_frames(link, out);
}

static void
send_hello(Link *link, FrameType type)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	Trailer trailer = TRAILER_INIT;

	trailer.caps = (VmqBytes){(const uint8_t *) link->config->caps, strlen(link->config->caps)};
	frame_put_hello(out, type, link->config->node_id, &trailer);
	send_frames(link, out);
}

/* ---- going down ---- */

static void
go_down(Link *link, const char *why)
{
	if (link->state == LINK_DOWN)
		return;
	link->state = LINK_DOWN;
	vmq_timer_stop(link->timer);
	g_clear_pointer(&link->stream, vmq_stream_free);
	link->events->on_down(link, why, link->data);
}

static void
on_closed(void *data, const char *why)
{
	go_down(data, why);
}

/* ---- the handshake ---- */

static void
come_up(Link *link)
{
	link->state = LINK_UP;
	vmq_timer_set(link->timer, LINK_PING_MS);
	link->events->on_up(link, link->data);
}

static const char *
check_hello(const Link *link, const Frame *frame)
{
	if (frame->type != (link->dialled ? FRAME_HELLO_ACK : FRAME_HELLO))
		return "its first frame is no greeting";
	if (frame->version != FRAME_PROTOCOL_VERSION)
		return "it speaks another version of the peer protocol";
	if (frame->node_id.size == 0 || memchr(frame->node_id.data, 0, frame->node_id.size) != NULL)
		return "its node id is no name";
	return NULL;
}

static void
on_hello(Link *link, const Frame *frame)
{
	const char *wrong = check_hello(link, frame);
	Trailer     trailer;

	if (wrong != NULL) {
		go_down(link, wrong);
		return;
	}
	link->node_id = g_strndup((const char *) frame->node_id.data, frame->node_id.size);
	if (trailer_decode(frame->trailer, &trailer) && trailer.caps.size > 0)
		link->caps = g_strndup((const char *) trailer.caps.data, trailer.caps.size);
	if (link->dialled) {
		come_up(link);
		return;
	}
	send_hello(link, FRAME_HELLO_ACK);
	if (link->caps != NULL) {
		come_up(link);
	} else {
		link->state = LINK_SETTLING;
		vmq_timer_set(link->timer, LINK_SETTLE_MS);
	}
}

static void
on_connected(void *data)
{
	Link *link = data;

	link->state = LINK_GREETING;
	send_hello(link, FRAME_HELLO);
}

/* ---- frames ---- */

static void
handle(Link *link, VmqBytes body)
{
	Frame       frame;
	const char *why;
	bool        is_good = frame_decode(body, &frame, &why);

	if (link->state == LINK_GREETING && !is_good) {
		go_down(link, why);
	} else if (link->state == LINK_GREETING) {
		on_hello(link, &frame);
	} else if (!is_good) {
		vmq_debug("link", "%s: a frame was skipped: %s", link->node_id, why);
	} else {
		/* The dialler has spoken: it has read our HelloAck. */
		const bool *gone = link->gone;

		if (link->state == LINK_SETTLING)
			come_up(link);
		if (*gone || link->state != LINK_UP)
			return;
		if (frame.type == FRAME_PING)
			send_empty(link, FRAME_PONG);
		else if (frame.type != FRAME_PONG)
			link->events->on_frame(link, &frame, link->data);
	}
}

static size_t
on_bytes(void *data, VmqBytes bytes)
{
	Link  *link = data;
	size_t all = bytes.size;
	bool   gone = false;

	link->heard_ms = vmq_now_ms();
	link->gone = &gone;
	while (!gone && link->state != LINK_DOWN) {
		VmqBytes    body;
		size_t      used;
		FrameStatus status = frame_cut(bytes, link->config->max_frame_bytes, &body, &used);

		if (status == FRAME_TOO_LARGE) {
			go_down(link, "a frame larger than max_packet_size allows");
			break;
		}
		if (status == FRAME_NEED_MORE)
			break;
		bytes.data += used;
		bytes.size -= used;
		handle(link, body);
	}
	if (!gone)
		link->gone = NULL;
	return all - bytes.size;
}

static void
on_drained(void *data)
{
	Link *link = data;

	if (link->state == LINK_UP)
		link->events->on_drained(link, link->data);
}

static const VmqStreamEvents stream_events = {
	.on_bytes = on_bytes,
	.on_connected = on_connected,
	.on_closed = on_closed,
	.on_drained = on_drained,
};

/* ---- time ---- */

/* A dialler pings; both give up when nothing has been heard for three pings (6.8). */
static void
on_timer(void *data)
{
	Link   *link = data;
	int64_t silent_ms = vmq_now_ms() - link->heard_ms;

	if (link->state == LINK_SETTLING) {
		come_up(link);
		return;
	}
	if (link->state != LINK_UP) {
		go_down(link, "the handshake took too long");
		return;
	}
	if (silent_ms >= LINK_SILENCE_MS) {
		go_down(link, "nothing was heard for too long");
		return;
	}
	if (link->dialled)
		send_empty(link, FRAME_PING);
	vmq_timer_set(link->timer, LINK_PING_MS);
}

/* ---- life ---- */

static Link *
link_new(const LinkConfig *config, const LinkEvents *events, void *data)
{
	Link *link = g_new0(Link, 1);

	link->config = config;
	link->events = events;
	link->data = data;
	link->heard_ms = vmq_now_ms();
	link->timer = vmq_timer_new(on_timer, link);
	vmq_timer_set(link->timer, LINK_HANDSHAKE_MS);
	return link;
}

Link *
link_dial(const char *address, const LinkConfig *config, const LinkEvents *events, void *data,
          GError **error)
{
	Link *link = link_new(config, events, data);

	link->dialled = true;
	link->state = LINK_CONNECTING;
	link->stream = vmq_stream_connect(address, &stream_events, link, error);
	if (link->stream == NULL)
		g_clear_pointer(&link, link_free);
	return link;
}

Link *
link_accept(VmqStream *stream, const LinkConfig *config, const LinkEvents *events, void *data)
{
	Link *link = link_new(config, events, data);

	link->state = LINK_GREETING;
	link->stream = stream;
	vmq_stream_set_events(stream, &stream_events, link);
	return link;
}

void
link_free(Link *link)
{
	if (link == NULL)
		return;
	if (link->gone != NULL)
		*link->gone = true;
	vmq_stream_free(link->stream);
	vmq_timer_free(link->timer);
	g_free(link->node_id);
	g_free(link->caps);
	g_free(link);
}

void
link_set_events(Link *link, const LinkEvents *events, void *data)
{
	link->events = events;
	link->data = data;
}

const char *
link_get_node_id(const Link *link)
{
	return link->node_id;
}

const char *
link_get_caps(const Link *link)
{
	return link->caps;
}

bool
link_can(const Link *link, const char *what)
{
	g_auto(GStrv) words = g_strsplit(link->caps != NULL ? link->caps : "", " ", -1);

	return g_strv_contains((const char *const *) words, what);
}

bool
link_is_up(const Link *link)
{
	return link->state == LINK_UP;
}

const char *
link_get_address(const Link *link)
{
	return link->stream != NULL ? vmq_stream_get_address(link->stream) : "-";
}

void
link_send(Link *link, const GByteArray *frames)
{
	if (link->state == LINK_UP)
		send_frames(link, frames);
}

uint64_t
link_get_sent(const Link *link)
{
	return link->stream != NULL ? vmq_stream_get_sent(link->stream) : 0;
}

size_t
link_get_unsent(const Link *link)
{
	return link->stream != NULL ? vmq_stream_get_unsent(link->stream) : 0;
}

void
link_say_goodbye(Link *link)
{
	if (link->state != LINK_UP)
		return;
	send_empty(link, FRAME_GOODBYE);
	vmq_stream_flush(link->stream);
}
