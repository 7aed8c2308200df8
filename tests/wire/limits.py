# SPDX-License-Identifier: Apache-2.0
"""limits.py - what a broker may be told not to offer, and bounds on what it keeps"""
import contextlib
import re
import socket

from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions, within
from lib.wait import wait_until


# ---- what is not there

@test
@config(limits={"wildcard_available": False})
@versions(4, 5)
def wildcards_may_be_off(broker, version):
    client = broker.client("plain", version)
    client.subscribed("a/b")
    if version == 5:
        assert client.connack.properties["wildcard_subscription_available"] == 0
        client.subscribe("a/b", "a/+")
        client.expect_closed(0xA2)
    else:
        client.subscribe("c", "a/+")
        assert client.expect(p.SUBACK).reasons == [0, 0x80]


@test
@config(limits={"shared_available": False})
@versions(4, 5)
def shared_subscriptions_may_be_off(broker, version):
    client = broker.client("alone", version)
    client.subscribed("#")
    if version == 5:
        assert client.connack.properties["shared_subscription_available"] == 0
        client.subscribe("$share/g/a")
        client.expect_closed(0x9E)
    else:
        client.subscribe("$share/g/a", "c")
        assert client.expect(p.SUBACK).reasons == [0x80, 0]


@test
@config(limits={"subscription_id_available": False})
def subscription_identifiers_may_be_off(broker):
    client = broker.client("nameless")
    assert client.connack.properties["subscription_identifier_available"] == 0
    client.subscribed("a")
    client.subscribe("b", properties={"subscription_identifier": 1})
    client.expect_closed(0xA1)


@test
@config(limits={"retained_available": False})
@versions(4, 5)
@covers("MQTT-3.2.2-13", "MQTT-3.2.2-14")
def retained_messages_may_be_off(broker, version):
    client = broker.client("forgetful", version)
    if version == 5:
        assert client.connack.properties["retain_available"] == 0
    client.publish("a", b"x", retain=True)
    client.expect_closed(0x9A)
    conversation = broker.open(version)
    conversation.connect("will", will=p.Will("w", b"x", retain=True))
    if version == 5:
        conversation.expect(p.CONNACK, reason=0x9A)
    conversation.expect_end()


@test
def a_reload_takes_nothing_from_who_was_promised_it(broker):
    old = broker.client("old")
    broker.reload(limits={"wildcard_available": False, "retained_available": False, "max_qos": 0})
    old.subscribed("a/+", qos=2)
    broker.client("writer").published("a/b", b"x", 0)
    old.expect_publish("a/b", b"x")
    old.unsubscribed("a/+")
    old.published("a/b", b"x", 2, retain=True)
    new = broker.client("new")
    new.subscribe("a/+")
    new.expect_closed(0xA2)


# ---- who comes in

def from_address(broker, host):
    """A connection from another of this machine's addresses."""
    one = socket.socket()
    one.bind((host, 0))
    one.settimeout(10)
    one.connect(broker.addresses[0])
    one.sendall(p.connect(4, host))
    return one


def answer(one):
    with contextlib.suppress(ConnectionError):
        return one.recv(4)
    return b""


WELCOME = b"\x20\x02\x00\x00"


@test
@config(limits={"max_connections_per_address": 2})
def an_address_has_so_many_connections(broker):
    mine = [broker.client("c%d" % i) for i in range(2)]
    broker.open().expect_end()
    with from_address(broker, "127.0.0.2") as other:
        assert answer(other) == WELCOME
    mine.pop().disconnect()
    wait_until(lambda: comes_in(broker), 10, "a place that came free")
    assert broker.logged(r"refused 127\.0\.0\.1:\d+: limits.max_connections_per_address is reached")


def comes_in(broker):
    with from_address(broker, "127.0.0.1") as one:
        return answer(one) == WELCOME


@test
@config(limits={"max_connect_rate_per_address": 5})
def an_address_comes_so_often_in_a_second(broker):
    """In whatever time it takes: 50 at once are above 5 in each second that they may span."""
    taken = [from_address(broker, "127.0.0.1") for _ in range(50)]
    refused = sum(answer(one) != WELCOME for one in taken)
    for one in taken:
        one.close()
    assert refused > 0
    wait_until(lambda: comes_in(broker), 10, "the next second")
    with from_address(broker, "127.0.0.2") as other:
        assert answer(other) == WELCOME
    assert broker.logged(r"refused 127\.0\.0\.1:\d+: limits.max_connect_rate_per_address is reached")


@test
@config(limits={"connect_timeout": "100ms"})
def what_takes_too_long_is_named_in_the_log(broker):
    broker.open().expect_end()
    assert broker.logged(r"client=- at 127\.0\.0\.1:\d+: limits.connect_timeout is over")


@test
@config(limits={"max_connect_size": "1KiB"})
@versions(4, 5)
def a_greeting_that_is_too_large_is_named_in_the_log(broker, version):
    conversation = broker.open(version)
    conversation.connect("large", username="u" * 2000)
    conversation.expect_end()
    wait_until(lambda: broker.logged(r"client=- at 127\.0\.0\.1:\d+: limits.max_connect_size"))


@test
@config(limits={"max_packet_size": "2KiB"})
@versions(4, 5)
def a_packet_that_is_too_large_is_named_in_the_log(broker, version):
    client = broker.client("c", version)
    client.publish("a", b"x" * 3000)
    client.expect_closed(0x95)
    wait_until(lambda: broker.logged(r"client=c at 127\.0\.0\.1:\d+: limits.max_packet_size"))


# ---- what is kept

def absent(broker, client_id):
    """A client that has subscribed to "a", and is away."""
    client = broker.client(client_id, 4, clean=False)
    client.subscribed("a", qos=1)
    client.disconnect()


def waited(broker, client_id):
    """What waited for it: a last message to itself stands behind all of that."""
    client = broker.client(client_id, 4, clean=False, session_present=1)
    client.publish("a", b"the last", 1)
    found = []
    while not found or found[-1] != b"the last":
        packet = client.receive()
        if packet.type == p.PUBLISH:
            client.ack(p.PUBACK, packet.id)
            found.append(packet.payload)
    client.drop()
    return found[:-1]


@test
@config(limits={"max_queued_messages_total": 10}, workers=1)
def all_queues_together_have_a_bound(broker):
    absent(broker, "one")
    absent(broker, "two")
    writer = broker.client("writer")
    for i in range(20):
        writer.published("a", b"%d" % i, 1)
    counts = sorted(len(waited(broker, c)) for c in ("one", "two"))
    assert counts == [5, 5], counts
    assert broker.logged("queue full: client=(one|two) at -, dropping the newest: "
                         "limits.max_queued_messages_total or max_queued_bytes_total")


@test
@config(limits={"max_queued_bytes_total": "10KiB", "drop_policy": "oldest"}, workers=1)
def all_queues_together_have_a_bound_in_bytes(broker):
    absent(broker, "one")
    writer = broker.client("writer")
    for i in range(20):
        writer.published("a", b"%02d" % i + b"x" * 1000, 1)
    found = waited(broker, "one")
    assert 5 <= len(found) <= 10 and found[-1].startswith(b"19"), found
    writer.published("a", b"x" * 1000, 1)   # what was taken from a queue has left the count


@test
@config(limits={"max_inflight_bytes": "3kB"})
def messages_in_flight_have_a_bound_in_bytes(broker):
    reader = broker.client("reader")
    reader.subscribed("a", qos=1)
    writer = broker.client("writer")
    for i in range(6):
        writer.published("a", b"%d" % i + b"x" * 1200, 1)
    ids = [reader.expect(p.PUBLISH).id for _ in range(3)]     # the third goes beyond
    reader.expect_quiet()
    reader.ack(p.PUBACK, ids[0])
    reader.expect(p.PUBLISH)
    reader.expect_quiet()


@test
@config(limits={"max_inflight_bytes": "3kB"})
@versions(4, 5)
def what_is_in_flight_is_sent_again_though_it_fills_its_bound(broker, version):
    """Else nothing would ever be acknowledged again, and nothing more sent."""
    lasting = {"clean": False, "properties": {"session_expiry_interval": 60} if version == 5 else None}
    reader = broker.client("reader", version, **lasting)
    reader.subscribed("a", qos=2)
    writer = broker.client("writer")
    texts = [b"%d" % i + b"x" * 1200 for i in range(8)]
    for i, text in enumerate(texts):
        writer.published("a", text, 1 + i % 2)
    first = [reader.expect_publish("a", text, dup=0) for text in texts[:3]]
    for _ in range(2):
        reader.drop()
        reader = broker.client("reader", version, session_present=1, **lasting)
        for packet in first:
            reader.expect_publish("a", packet.payload, id=packet.id, dup=1)
        reader.expect_quiet()
    seen, n_released = [], 0
    for packet in first:
        reader.ack(p.PUBACK if packet.qos == 1 else p.PUBREC, packet.id)
    while len(seen) < 5 or n_released < 4:
        packet = reader.receive()
        if packet.type == p.PUBREL:
            reader.ack(p.PUBCOMP, packet.id)
            n_released += 1
        else:
            seen.append(packet.payload)
            reader.ack(p.PUBACK if packet.qos == 1 else p.PUBREC, packet.id)
    assert seen == texts[3:], seen
    reader.expect_quiet()


# ---- between workers

@test
@within(60)
@config(limits={"max_handover_bytes": "64KiB", "max_unsent_bytes": "1GiB"}, workers=2)
def who_publishes_faster_than_another_worker_delivers_is_held_and_loses_nothing(broker):
    n, payload = 1000, bytes(4000)
    readers = [broker.client("reader%d" % i) for i in range(16)]     # some are not where the writer is
    for reader in readers:
        reader.subscribed("flood")
    writer = broker.client("writer")
    writer.send(b"".join(p.publish(5, "flood", b"%08d" % i + payload) for i in range(n)))
    for reader in readers:
        for i in range(n):
            assert reader.expect(p.PUBLISH).payload[:8] == b"%08d" % i
    writer.pinged()     # and is heard again
    assert broker.logged("held back: worker [01] is behind \\(limits.max_handover_bytes"), broker.log()


# ---- memory

MIB = 1024 * 1024


@test
@within(120)
@config(limits={"max_packet_size": "2MiB"})
def above_its_memory_nothing_new_is_taken_in(broker):
    writer = broker.client("writer")
    absent(broker, "away")
    limit = 2 * int(re.search(r"VmRSS:\s+(\d+)", open("/proc/%d/status" % broker.process.pid).read()).group(1)) // 1024
    broker.reload(limits={"max_packet_size": "2MiB", "memory_limit": "%dMiB" % (limit + 32)})
    n = 0
    while publish_retained(writer, "kept/%d" % n) != 0x97:
        n += 1
        assert n < 2000, "2 GiB"
    wait_until(lambda: broker.logged("limits.memory_limit of %d KiB is reached" % ((limit + 32) * 1024)))
    broker.open().expect_end()
    writer.subscribe("new")
    assert writer.expect(p.SUBACK).reasons == [0x97]
    writer.published("a", b"dropped", 1)
    writer.published("live", b"x", 1)
    assert publish_retained(writer, "kept/0", b"smaller") == 0x10
    for pattern in ("a retained message was refused: client=writer at .*: limits.memory_limit",
                    r"refused 127\.0\.0\.1:\d+: limits.memory_limit",
                    "subscription refused: client=writer at .*: limits.memory_limit",
                    "queue full: client=away at -, dropping the newest: limits.memory_limit"):
        wait_until(lambda: broker.logged(pattern), what=pattern)     # another worker's line may be the last
    for i in range(n):
        assert publish_retained(writer, "kept/%d" % i, b"") == 0x10
    wait_until(lambda: broker.logged("there is room again"), 20)
    assert waited(broker, "away") == []


def publish_retained(client, topic, payload=b"x" * MIB):
    id = client.publish(topic, payload, 1, retain=True)
    return client.expect(p.PUBACK, id=id).reason


run(daemon.for_test)
