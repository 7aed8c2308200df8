/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - one MQTT connection of the load */
#include "bench/client.h"

#include "base/clock.h"
#include "bench/run.h"
#include "bench/scan.h"
#include "mqtt/decode.h"
#include "mqtt/encode.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Not 0, which some brokers take for a number of their own, and nobody pings. */
#define KEEP_ALIVE_S 65535
#define CLIENTS_PER_SOURCE 20000

void
client_init(Client *client, unsigned number, const Endpoint *endpoint)
{
	*client = (Client){.fd = -1, .number = number, .endpoint = endpoint};
}

static void
fail(Client *client, const char *what, const char *why)
{
	run_fail(client->loop->run, "client %u: %s: %s", client->number, what, why);
	client_close(client);
}

static void
watch(Client *client, int operation)
{
	struct epoll_event event = {
		.events = client->is_full ? EPOLLIN | EPOLLOUT : EPOLLIN,
		.data.ptr = client,
	};

	if (epoll_ctl(client->loop->epoll_fd, operation, client->fd, &event) < 0)
		fail(client, "epoll_ctl", g_strerror(errno));
}

static VmqBytes
text_bytes(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

/* The property of MQTT 5: an hour, should nobody end it before. */
static const uint8_t session_expiry[] = {MQTT_PROP_SESSION_EXPIRY, 0, 0, 0x0E, 0x10};

static void
greet(Client *client, Buf *out)
{
	const Run       *run = client->loop->run;
	const Plan      *plan = run->plan;
	g_autofree char *id = g_strdup_printf("vb-%s-%u", run->name, client->number);
	MqttConnect      connect = {
		     .level = plan->protocol,
		     .is_mqtt = true,
		     .clean_start = !client->is_persistent,
		     .keep_alive_s = KEEP_ALIVE_S,
		     .client_id = text_bytes(id),
		     .has_username = plan->username != NULL,
		     .has_password = plan->password != NULL,
        };

	if (plan->username != NULL)
		connect.username = text_bytes(plan->username);
	if (plan->password != NULL)
		connect.password = text_bytes(plan->password);
	if (client->is_persistent)
		connect.properties.raw = (VmqBytes){session_expiry, sizeof session_expiry};
	mqtt_encode_connect(out, &connect);
}

/* One address has not ports enough for many clients: on this machine there are others. */
static void
choose_source(const Client *client)
{
	const struct sockaddr_in *to = (const struct sockaddr_in *) &client->endpoint->address;
	struct sockaddr_in        from = {.sin_family = AF_INET};
	const int                 on = 1;
	unsigned                  which = client->number / CLIENTS_PER_SOURCE;

	if (to->sin_family != AF_INET || ntohl(to->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET ||
	    which == 0)
		return;
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + which);
	setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	(void) !bind(client->fd, (const struct sockaddr *) &from, sizeof from);
}

void
client_dial(Client *client)
{
	const Endpoint *endpoint = client->endpoint;
	const int       on = 1;

	client->state = CLIENT_GREETING;
	client->dialed_ns = clock_monotonic_ns();
	client->fd =
		socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (client->fd < 0) {
		fail(client, "socket", g_strerror(errno));
		return;
	}
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	choose_source(client);
	if (connect(client->fd, (const struct sockaddr *) &endpoint->address, endpoint->size) < 0 &&
	    errno != EINPROGRESS) {
		fail(client, "cannot connect", g_strerror(errno));
		return;
	}
	greet(client, &client->out);
	client->is_full = true; /* what there is to say is said when it is connected */
	watch(client, EPOLL_CTL_ADD);
}

void
client_close(Client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->state = CLIENT_CLOSED;
	buf_free(&client->in);
	buf_free(&client->out);
}

void
client_leave(Client *client)
{
	static const uint8_t disconnect[] = {MQTT_DISCONNECT << 4, 0};

	if (client->state == CLIENT_READY && !client->is_full)
		(void) !send(client->fd, disconnect, sizeof disconnect, MSG_NOSIGNAL);
	client_close(client);
	client->state = CLIENT_NEW;
}

/* Bytes that the socket took; -1: the connection is broken, and that has been said. */
static ssize_t
push(Client *client, VmqBytes bytes)
{
	ssize_t sent = send(client->fd, bytes.data, bytes.size, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		fail(client, "the connection broke", g_strerror(errno));
		return -1;
	}
	if (sent > 0)
		client->loop->tally.bytes_out += (uint64_t) sent;
	return MAX(sent, 0);
}

void
client_send(Client *client)
{
	Buf *out = &client->loop->out;

	if (client->is_full) {
		buf_append_bytes(&client->out, buf_bytes(out));
		buf_clear(out);
		return;
	}

	ssize_t sent = push(client, buf_bytes(out));

	if (sent >= 0 && (size_t) sent < buf_size(out)) {
		buf_consume(out, (size_t) sent);
		buf_append_bytes(&client->out, buf_bytes(out));
		client->is_full = true;
		watch(client, EPOLL_CTL_MOD);
	}
	buf_clear(out);
}

/* The socket takes more. */
static void
send_rest(Client *client)
{
	ssize_t sent = push(client, buf_bytes(&client->out));

	if (sent < 0)
		return;
	buf_consume(&client->out, (size_t) sent);
	if (buf_size(&client->out) > 0)
		return;
	buf_free(&client->out);
	client->is_full = false;
	watch(client, EPOLL_CTL_MOD);
	if (client->publisher != NULL && client->state == CLIENT_READY)
		loop_set_ready(client->loop, client->publisher);
}

static void
set_ready(Client *client)
{
	Loop *loop = client->loop;

	client->state = CLIENT_READY;
	loop->n_dialing--;
	loop->tally.ready++;
	if (loop->is_measuring && client->publisher == NULL && client->subscriber == NULL)
		histogram_add(&loop->latency,
		              (uint64_t) (clock_monotonic_ns() - client->dialed_ns));
}

static void
on_connack(Client *client, const MqttConnack *connack)
{
	if (client->state != CLIENT_GREETING) {
		fail(client, "protocol error", "a second CONNACK");
		return;
	}
	if (vmq_reason_is_failure(connack->reason)) {
		fail(client, "the broker refused the connection", vmq_reason_name(connack->reason));
		return;
	}
	if (client->publisher != NULL && mqtt_has(&connack->properties, MQTT_PROP_RECEIVE_MAXIMUM))
		publisher_on_receive_maximum(client->publisher,
		                             connack->properties.receive_maximum);
	if (client->subscriber == NULL || connack->session_present) {
		set_ready(client); /* the session has its subscriptions */
		return;
	}
	client->state = CLIENT_SUBSCRIBING;
	client->n_subacks_due = subscriber_subscribe(client->subscriber);
}

static void
on_suback(Client *client, const MqttSuback *suback)
{
	for (size_t i = 0; i < suback->reasons.size; i++) {
		if (suback->reasons.data[i] >= VMQ_REASON_UNSPECIFIED) {
			fail(client, "the broker refused a subscription",
			     vmq_reason_name((VmqReason) suback->reasons.data[i]));
			return;
		}
	}
	if (client->state != CLIENT_SUBSCRIBING || client->n_subacks_due == 0)
		fail(client, "protocol error", "an unexpected SUBACK");
	else if (--client->n_subacks_due == 0)
		set_ready(client);
}

/* What comes seldom is decoded by the house's own codec. */
static void
take_seldom(Client *client, const Frame *frame)
{
	VmqBytes   bytes = {frame->body + frame->size - frame->total, frame->total};
	MqttPacket packet;
	size_t     used;
	VmqReason  reason;

	if (mqtt_decode_from_server(bytes, client->loop->run->plan->protocol, 0, &packet, &used,
	                            &reason) != MQTT_DECODED) {
		fail(client, "the broker sent what is not MQTT", vmq_reason_name(reason));
		return;
	}
	if (packet.type == MQTT_CONNACK)
		on_connack(client, &packet.connack);
	else if (packet.type == MQTT_SUBACK)
		on_suback(client, &packet.suback);
	else if (packet.type == MQTT_DISCONNECT)
		fail(client, "the broker said goodbye", vmq_reason_name(packet.disconnect.reason));
	else if (packet.type == MQTT_PINGRESP)
		client->loop->tally.pongs++;
	else
		fail(client, "protocol error", mqtt_type_name(packet.type));
}

static inline void
take(Client *client, const Frame *frame, int64_t now_ns)
{
	uint8_t type = scan_type(frame);

	if (type == MQTT_PUBLISH && client->subscriber != NULL)
		subscriber_on_publish(client->subscriber, frame, now_ns);
	else if (type == MQTT_PUBREL && client->subscriber != NULL)
		subscriber_on_release(client->subscriber, frame);
	else if ((type == MQTT_PUBACK || type == MQTT_PUBREC || type == MQTT_PUBCOMP) &&
	         client->publisher != NULL)
		publisher_on_ack(client->publisher, frame);
	else
		take_seldom(client, frame);
}

/* Takes all whole packets of `bytes`; returns how much that was. */
static size_t
take_all(Client *client, VmqBytes bytes, int64_t now_ns)
{
	size_t     taken = 0;
	Frame      frame = {0};
	ScanStatus status;

	while ((status = scan_frame(bytes.data + taken, bytes.size - taken, &frame)) ==
	       SCAN_WHOLE) {
		take(client, &frame, now_ns);
		if (client->state == CLIENT_CLOSED)
			return bytes.size;
		taken += frame.total;
	}
	if (status == SCAN_BAD || bytes.size - taken > client->loop->headroom) {
		fail(client, "protocol error", "a packet that is too long");
		return bytes.size;
	}
	return taken;
}

/* All that is there goes into the loop's scratch; before it, what was left of the last read. */
static void
read_once(Client *client)
{
	Loop    *loop = client->loop;
	uint8_t *at = loop->scratch + loop->headroom;
	ssize_t  got = recv(client->fd, at, loop->read_room, 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		fail(client, "the broker closed the connection",
		     got < 0 ? g_strerror(errno) : "end");
		return;
	}

	VmqBytes kept = buf_bytes(&client->in);
	VmqBytes bytes = {at - kept.size, kept.size + (size_t) got};

	if (kept.size > 0)
		memcpy(at - kept.size, kept.data, kept.size);
	buf_clear(&client->in);
	loop->tally.bytes_in += (uint64_t) got;

	size_t taken = take_all(client, bytes, clock_monotonic_ns());

	if (client->state == CLIENT_CLOSED)
		buf_clear(&loop->out);
	else if (taken < bytes.size)
		buf_append(&client->in, bytes.data + taken, bytes.size - taken);
	if (buf_size(&loop->out) > 0)
		client_send(client);
}

void
client_on_event(Client *client, uint32_t events)
{
	if (client->fd < 0)
		return;
	if ((events & EPOLLOUT) != 0 && client->is_full)
		send_rest(client);
	if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 && client->state != CLIENT_CLOSED)
		read_once(client);
}
