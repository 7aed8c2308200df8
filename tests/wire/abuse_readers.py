# SPDX-License-Identifier: Apache-2.0
"""abuse_readers.py - clients that do not read, or slowly, and neighbours that notice nothing"""
import socket

from lib import daemon, packet as p
from lib.neighbours import Neighbours, allow_descriptors
from lib.tap import config, figure, run, test, versions, within

FOREVER = {"session_expiry_interval": 0xFFFFFFFF}
SMALL = {"max_unsent_bytes": "256KiB", "max_queued_messages": 500, "max_queued_bytes": "1MiB"}
PAYLOAD = b"x" * 1000
LARGER = b"x" * 5000


def numbered(packets):
    """The numbers that their payloads begin with."""
    return [int(packet.payload[:8]) for packet in packets]


def flood(near, topic, n, *qualities):
    for i in range(n):
        near.writer.published(topic, b"%08d" % i + PAYLOAD, qualities[i % len(qualities)])
        if i % 250 == 0:
            near.step()


# ---- who never reads

@test
@within(120)
@config(limits=SMALL)
@versions(4, 5)
def one_that_never_reads_loses_what_is_beyond_its_bound(broker, version):
    """50 MB at QoS 0, of which 256 KiB may wait here; the system's buffers for the socket are not ours."""
    near, n = Neighbours(broker), 10000
    one = broker.client("deaf", version)
    one.subscribed("flood")
    near.step()
    for i in range(n):
        near.writer.publish("flood", b"%08d" % i + LARGER)
        if i % 1000 == 0:
            near.step()
    one.send(p.PINGREQ_BYTES + p.publish(version, "elsewhere", b"x", 1, 77))
    near.tell("%d QoS 0 messages to one that never reads" % n, 20000)
    assert broker.logged("limits.max_unsent_bytes"), "a limit that bites says so"

    got = []
    while not got or got[-1].type != p.PUBACK:
        got.append(one.receive())
    assert [packet.type for packet in got[-2:]] == [p.PINGRESP, p.PUBACK], "they have room"
    seen = numbered(got[:-2])
    assert seen == sorted(set(seen)) and seen[0] == 0, "in order, and none twice"
    assert len(seen) < n, "not those for which there was no room"
    figure("of %d messages it was sent %d" % (n, len(seen)))


@test
@within(120)
@config(limits=SMALL)
@versions(4, 5)
def one_that_never_reads_fills_its_queue_and_no_more(broker, version):
    near, n = Neighbours(broker), 2000
    one = broker.client("deaf", version)
    one.subscribed("flood", qos=2)
    flood(near, "flood", n, 1, 2)
    one.send(p.PINGREQ_BYTES + p.publish(version, "elsewhere", b"x", 1, 77))
    near.tell("%d messages of QoS 1 and 2 to one that never reads" % n, 12000)
    assert broker.logged("queue full: client=deaf")

    in_flight = [one.receive() for _ in range(32)]      # limits.max_inflight
    one.expect(p.PINGRESP)
    one.expect(p.PUBACK, id=77)
    seen = numbered(in_flight) + numbered(take_all(one, in_flight))
    assert seen == list(range(len(seen))), "the first ones, in order"
    assert len(seen) == 32 + 500, len(seen)             # limits.max_queued_messages


def take_all(client, waiting):
    """Acknowledges these and what comes then, until there is nothing more; returns the latter."""
    came = []
    for packet in waiting:
        client.ack(p.PUBACK if packet.qos == 1 else p.PUBREC, packet.id)
    client.send(p.PINGREQ_BYTES)
    quiet = 0
    while quiet < 2:                                    # a whole round trip without a message
        packet = client.receive()
        if packet.type == p.PINGRESP:
            quiet += 1
            client.send(p.PINGREQ_BYTES)
        elif packet.type == p.PUBREL:
            quiet = 0
            client.ack(p.PUBCOMP, packet.id)
        else:
            quiet = 0
            came.append(packet)
            client.ack(p.PUBACK if packet.qos == 1 else p.PUBREC, packet.id)
    client.expect(p.PINGRESP)
    return came


@test
@within(120)
@config(limits=SMALL)
@versions(4, 5)
def one_that_asks_and_never_reads_the_answers_is_not_listened_to(broker, version):
    """Answers wait for it up to a bound; then what it sends waits in the system's buffers."""
    near, most = Neighbours(broker), 64 << 20
    one = broker.client("deaf", version)
    requests = p.PINGREQ_BYTES * (1 << 15)
    one.socket.setblocking(False)
    sent = 0
    while sent < most and not broker.logged("not listened to: client=deaf"):
        try:
            sent += one.socket.send(requests[sent % 2:])
        except BlockingIOError:
            near.step()
    figure("%d bytes of PINGREQ were taken from one that does not read" % sent)
    near.tell("pings without end", 20000)
    assert sent < most, "the broker goes on listening"

    answers, half = 0, sent % 2
    sent -= half
    one.socket.settimeout(10)
    while answers < sent:
        part = one.socket.recv(1 << 16)
        assert part, "closed"
        answers += len(part)
    assert answers == sent, "an answer for each"
    one.send(p.PINGREQ_BYTES[half:])
    one.expect(p.PINGRESP)
    one.published("elsewhere", b"x", 2)
    near.step()


def filters_of(topic):
    """Every filter that has some of its levels, and "+" for the others."""
    levels = topic.split("/")
    for bits in range(1 << len(levels)):
        yield "/".join("+" if bits >> i & 1 else level for i, level in enumerate(levels))


@test
@within(120)
@config(limits=SMALL)
@versions(4, 5)
def one_that_subscribes_to_the_same_again_and_again_and_never_reads_costs_no_more(broker, version):
    """Each of 512 subscriptions, made twice, is owed the same 10,000 retained messages."""
    near, n = Neighbours(broker), 10000
    branch = "a/b/c/d/e/f/g/h/i"
    for i in range(n):
        near.writer.publish("%s/%d" % (branch, i), b"x" * 100, retain=True)
        if i % 1000 == 0:
            near.step()
    one = broker.client("deaf", version)
    near.step()
    near.memory = broker.resident_kib()
    filters = [text + "/+" for text in filters_of(branch)]
    for _ in range(2):
        for at in range(0, len(filters), 32):
            one.send(p.subscribe(version, 1, *[(text, 1) for text in filters[at:at + 32]]))
            near.step()
    near.reader.subscribed("done")
    one.publish("done", b"")                            # so that all of them have been heard
    near.reader.expect_publish("done", b"", timeout=60)
    near.tell("%d subscriptions to %d retained messages by one that does not read" % (2 * len(filters), n), 20000)


# ---- who reads slowly

@test
@within(120)
def one_that_reads_a_byte_at_a_time_is_served(broker):
    near = Neighbours(broker)
    slow = broker.client("slow")
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    slow.subscribed("slow", qos=1)
    for i in range(200):
        near.writer.published("slow", b"%04d" % i + b"x" * 1000, 1)
    got = b""
    while len(got) < 3000:
        slow.socket.settimeout(10)
        got += slow.socket.recv(1)
        if len(got) % 500 == 0:
            near.step()
    assert b"0000xxx" in got and b"0001xxx" in got
    near.tell("a reader of single bytes", 20000)


@test
@within(240)
@config(limits={"max_packet_size": "1MiB", "max_queued_bytes": "4MiB", "max_unsent_bytes": "1MiB"})
def the_largest_message_to_a_thousand_subscribers(broker):
    """At QoS 2: it is in memory once, and each subscriber has a reference."""
    near, n = Neighbours(broker), 1000
    payload = b"x" * (1024 * 1024 - 100)
    subscribers = [broker.open(4) for _ in range(n)]
    for i, one in enumerate(subscribers):
        one.connected("s%d" % i)
        one.subscribed("large", qos=2)
    near.memory = broker.resident_kib()
    near.writer.published("large", payload, 2)
    peak = broker.resident_kib() - near.memory
    near.step()
    for one in subscribers:
        one.taken("large", payload)
        one.drop()
    figure("1 MiB at QoS 2 to %d subscribers: %d KiB more at its peak" % (n, peak))
    near.tell("1 MiB to %d subscribers" % n, 60000)


# ---- what is dropped when a queue is full

@test
def a_client_whose_queue_is_full_still_gets_its_acknowledgements(broker):
    near = Neighbours(broker)
    both = broker.client("both", properties={"receive_maximum": 1})
    both.subscribed("own", qos=1)
    for i in range(1500):       # limits.max_queued_messages is 1000
        near.writer.published("own", b"%d" % i, 1)
    first = both.expect_publish("own", b"0")
    for i in range(20):
        both.published("elsewhere", b"x", 2)
        both.pinged()
    both.ack(p.PUBACK, first.id)
    both.taken("own", b"1")
    near.tell("a full queue", 20000)


def one_at_a_time(broker, n, near):
    """A client that is sent one message and does not acknowledge it, while n are published."""
    one = broker.client("slow", clean=False, properties=dict(FOREVER, receive_maximum=1))
    one.subscribed("many", qos=1)
    for i in range(n):
        near.writer.published("many", b"%d" % i, 1)
        near.step()
    return one


def what_waits(client, n):
    """The message in flight and n more, to the end."""
    seen = [client.expect(p.PUBLISH)]
    for _ in range(n):
        client.ack(p.PUBACK, seen[-1].id)
        seen.append(client.expect(p.PUBLISH))
    client.ack(p.PUBACK, seen[-1].id)
    client.expect_quiet()
    return [int(packet.payload) for packet in seen]


@test
@config(limits={"max_queued_messages": 3, "drop_policy": "newest"})
def the_newest_go_if_that_is_the_policy(broker):
    near = Neighbours(broker)
    assert what_waits(one_at_a_time(broker, 10, near), 3) == [0, 1, 2, 3]
    near.tell("drop_policy newest", 10000)


@test
@config(limits={"max_queued_messages": 3, "drop_policy": "oldest"})
def the_oldest_go_if_that_is_the_policy(broker):
    near = Neighbours(broker)
    assert what_waits(one_at_a_time(broker, 10, near), 3) == [0, 7, 8, 9]   # 0 is in flight
    near.tell("drop_policy oldest", 10000)


@test
@config(limits={"max_queued_messages": 3, "drop_policy": "disconnect"})
def the_client_goes_if_that_is_the_policy(broker):
    near = Neighbours(broker)
    one = one_at_a_time(broker, 5, near)
    one.expect_publish("many", b"0")
    one.expect_closed(0x97)
    near.writer.published("many", b"5", 1)          # for it is away, its newest go
    back = broker.client("slow", clean=False, session_present=1, properties=dict(FOREVER, receive_maximum=1))
    assert what_waits(back, 3) == [0, 1, 2, 3]
    near.tell("drop_policy disconnect", 10000)


allow_descriptors()         # a thousand clients of this program's own
run(given=daemon.for_test)
