# SPDX-License-Identifier: Apache-2.0
"""abuse.py - clients that say what they should not, and neighbours that notice nothing

abuse_readers.py is about those who do not listen.
"""
import random
import time

from lib import daemon, packet as p
from lib.neighbours import Neighbours, allow_descriptors, raw_connection, wait_closed
from lib.tap import config, diagnose, figure, run, test, versions, within
from lib.wait import wait_until


# ---- bytes

def every_packet(version):
    props = {"user_property": [("a", "b")]} if version >= 5 else None
    yield p.publish(version, "a/b", b"payload", qos=2, id=7, properties=props)
    yield p.publish(version, "a/b", b"payload")
    for kind in (p.PUBACK, p.PUBREC, p.PUBREL, p.PUBCOMP):
        yield p.ack(kind, version, 9, 0, props)
    yield p.subscribe(version, 3, ("a/+", 1), ("b", 0), properties=props)
    yield p.unsubscribe(version, 4, "a/+", "b", properties=props)
    yield p.PINGREQ_BYTES
    yield p.disconnect(version, 0, props)
    if version >= 5:
        yield p.auth(0x18, {"authentication_method": "x"})


@test
@within(120)
@versions(3, 4, 5)
def every_packet_may_be_cut_anywhere(broker, version):
    near, cases = Neighbours(broker), 0
    hello = p.connect(version, "")
    if version == 3:
        hello = p.connect(version, "cut")
    will = p.connect(version, "willing", will=p.Will("w", b"x"), username="u", password="p")
    for at in range(1, len(will)):
        raw_connection(broker, will[:at]).close()
        cases += 1
    for packet in every_packet(version):
        for at in range(1, len(packet)):
            raw_connection(broker, hello + packet[:at]).close()
            cases += 1
        near.step()
    near.tell("%d packets cut" % cases, 20000)


@test
@within(120)
@versions(4, 5)
def lengths_may_lie(broker, version):
    """A byte more or less than there is: the next packet is taken apart at the wrong place."""
    near, cases = Neighbours(broker), 0
    for packet in every_packet(version):
        for lie in range(0, 128):
            raw_connection(broker, p.connect(version, "") + packet[:1] + bytes([lie]) + packet[2:] +
                           b"\0" * 200).close()
            cases += 1
        near.step()
    near.tell("%d lengths that lie" % cases, 20000)


@test
@within(120)
def noise_does_no_harm(broker):
    dice, near = random.Random(1), Neighbours(broker)
    for round in range(1000):
        version = dice.choice((4, 5))
        packets = b"".join(dice.choice(list(every_packet(version))) for _ in range(5))
        noise = bytearray(packets)
        for _ in range(dice.randrange(1, 8)):
            noise[dice.randrange(len(noise))] = dice.randrange(256)
        raw_connection(broker, (p.connect(version, "") if dice.random() < 0.8 else b"") + bytes(noise)).close()
        if round % 50 == 0:
            near.step()
    near.tell("1000 conversations with noise in them", 20000)


# ---- topics and filters

@test
@versions(4, 5)
def topics_of_nothing_but_slashes_are_refused(broker, version):
    near = Neighbours(broker)
    for topic in ("/" * 65535, "a/" * 199 + "a"):
        client = broker.client("", version)
        client.publish(topic, b"x")
        client.expect_closed(0x90)
        client = broker.client("", version)
        client.subscribe(topic)
        assert client.expect(p.SUBACK).reasons == [0x8F if version >= 5 else 0x80]
        client.drop()
        near.step()
    near.tell("topics of 65,535 slashes and of 200 levels", 20000)


@test
@config(limits={"max_topic_levels": 200})
@versions(4, 5)
def topics_of_two_hundred_levels_are_matched_if_that_is_allowed(broker, version):
    near, topic = Neighbours(broker), "a/" * 199 + "a"
    client = broker.client("deep", version)
    client.subscribed("+/" * 199 + "+", "a/" * 199 + "#", topic, "a/" * 198 + "+/#", qos=1)
    near.writer.published(topic, b"deep", 1)
    client.taken(topic, b"deep")
    client.expect_quiet()
    client.publish(topic + "/a", b"too deep", 1)
    client.expect_closed(0x90)
    near.tell("200 levels, of which 200 are allowed", 10000)


@test
def a_topic_may_be_as_long_as_it_can_be(broker):
    topic = "a" * 65535
    client = broker.client("c")
    client.subscribed(topic)
    broker.client("p").published(topic, b"x", 1)
    client.expect_publish(topic, b"x")


@test
@within(120)
@config(limits={"max_subscriptions": 1000})
def floods_of_subscriptions_end_at_the_limit(broker):
    near = Neighbours(broker)
    client = broker.client("flood")
    refused = 0
    for i in range(60):
        client.subscribe(*["flood/%d/%d/+" % (i, j) for j in range(100)])
        refused += client.expect(p.SUBACK).reasons.count(0x97)
        near.step()
    assert refused == 5000, refused
    near.tell("6000 subscriptions of one client, 1000 allowed", 30000)
    assert broker.logged("max_subscriptions")


# ---- identifiers

@test
@versions(4, 5)
def identifiers_that_are_in_use_are_used_again(broker, version):
    """A second PUBLISH with the identifier of one that was not released is that one again."""
    near = Neighbours(broker)
    near.reader.subscribed("reused", qos=2)
    client = broker.client("again", version)
    for _ in range(50):
        client.publish("reused", b"x", 2, id=1)
        client.expect(p.PUBREC, id=1)
    client.ack(p.PUBREL, 1)
    client.expect(p.PUBCOMP, id=1)
    near.reader.taken("reused", b"x")
    near.tell("one identifier 50 times", 10000)


@test
@versions(4, 5)
def acknowledgements_of_nothing_change_nothing(broker, version):
    near = Neighbours(broker)
    client = broker.client("acks", version)
    for id in range(1, 2000):
        for kind in (p.PUBACK, p.PUBCOMP):
            client.ack(kind, id)
    client.pinged()
    near.tell("4000 acknowledgements of nothing", 10000)


# ---- connections

@test
@within(240)
def a_storm_of_connections_passes(broker):
    """All of them at once, as fast as this program can."""
    near, n = Neighbours(broker), min(5000, DESCRIPTORS // 2 - 100)
    if n < 5000:
        diagnose("%d connections only: no more descriptors are allowed here" % n)
    started = time.monotonic()
    storm = []
    for i in range(n):
        storm.append(raw_connection(broker, p.connect(4, "storm%d" % i)))
        if i % 500 == 0:
            near.step()
    for one in storm:
        assert one.recv(4) == b"\x20\x02\x00\x00"
    figure("%d clients were let in within %.1f s" % (n, time.monotonic() - started))
    near.step()
    for one in storm:
        one.close()
    near.tell("a storm of %d connections" % n, 60000)


@test
@within(60)
def half_open_connections_end_with_their_keep_alive(broker):
    """Their clients are gone, and nobody has told the broker."""
    near, n = Neighbours(broker), 200
    near.reader.subscribed("half-open", qos=1)
    silent = []
    for i in range(n):
        will = p.Will("half-open", b"", 1)
        silent.append(raw_connection(broker, p.connect(5, "silent%d" % i, keep_alive=1, will=will)))
    for _ in silent:
        near.reader.taken("half-open")
    for one in silent:
        wait_closed(one)
    near.tell("%d half-open connections" % n, 20000)


@test
@config(limits={"connect_timeout": "1s"})
def who_does_not_greet_is_sent_away(broker):
    near = Neighbours(broker)
    silent = [raw_connection(broker, p.connect(4, "x")[:i % 10]) for i in range(100)]
    for one in silent:
        wait_closed(one)
    near.tell("100 half greetings", 20000)


@test
@config(limits={"max_connections": 12})
def connections_end_at_the_limit(broker):
    near = Neighbours(broker)
    taken = [broker.client("c%d" % i) for i in range(10)]
    for _ in range(20):
        wait_closed(raw_connection(broker))
    taken.pop().disconnect()
    wait_until(lambda: can_connect(broker), 10, "a place that came free")
    near.tell("20 connections above the limit", 10000)
    assert broker.logged("max_connections")


def can_connect(broker):
    with raw_connection(broker, p.connect(4, "late")) as one:
        try:
            return one.recv(4) == b"\x20\x02\x00\x00"
        except ConnectionError:
            return False


DESCRIPTORS = allow_descriptors()
run(given=daemon.for_test)
