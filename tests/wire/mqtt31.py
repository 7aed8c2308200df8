# SPDX-License-Identifier: Apache-2.0
"""mqtt31.py - where MQTT 3.1 differs: MQIsdp, 23 characters, no way to say no, less that is forbidden

Its document has no numbered statements; chapters are those of "MQTT V3.1 Protocol Specification".
What it shares with its successors is tested beside them.
"""
import struct

from lib import daemon, packet as p
from lib.tap import run, test

LONGEST = "01234567890123456789abc"


@test
def client_identifiers_have_1_to_23_characters(broker):
    """Chapter 3.1. Characters, not bytes."""
    for name in ("a", LONGEST, "\u00fc" * 23):
        broker.client(name, 3).pinged()
    for name in ("", LONGEST + "d", "\u00fc" * 24):
        conversation = broker.open(3)
        conversation.connect(name)
        conversation.expect_refused(None, 2)
    for version in (4, 5):
        broker.client(LONGEST + "d", version).pinged()


@test
def each_protocol_name_has_its_levels(broker):
    for name, level, answer in (("MQIsdp", 4, 1), ("MQIsdp", 5, 0x84), ("MQTT", 3, 1), ("MQIsdp", 2, 1), ("MQIsdp", 0, 1)):
        conversation = broker.open(5 if level == 5 else 3)
        conversation.send(p.connect(3 if level != 5 else 5, "c", name=name, level=level))
        assert conversation.expect(p.CONNACK).reason == answer, (name, level)
        conversation.expect_end()
    for name in ("mqisdp", "MQIsd", "MQIsdpp"):
        conversation = broker.open(3)
        conversation.connect("c", name=name)
        conversation.expect_end()


@test
def a_session_is_kept_and_not_spoken_of(broker):
    """Chapter 3.2: the byte before the return code is reserved."""
    client = broker.open(3).connected("c", clean=False)
    client.subscribed("a", qos=2)
    client.drop()
    broker.client("o", 3).published("a", b"x", 2)
    client = broker.open(3)
    client.connect("c", clean=False)
    client.expect(p.CONNACK, reason=0, session_present=0)
    client.taken("a", b"x", qos=2)


@test
def what_it_calls_unused_is_not_looked_at(broker):
    """Chapters 2.1, 3.1 and 3.8: bits of the connect flags, of the requested QoS, and DUP with QoS 0."""
    for flags in (0x03, 0x0A, 0x22):
        conversation = broker.open(3)
        conversation.connect("c", flags=flags)
        conversation.expect(p.CONNACK, reason=0)
    client = broker.client("c", 3)
    client.send(p.subscribe(3, 1, ("a", 0xFC | 1)))
    client.expect(p.SUBACK, id=1, reasons=[1])
    client.send(p.publish(3, "a", b"x", 0, dup=True))
    client.expect_publish("a", b"x", dup=0)


@test
def requests_may_be_sent_again_with_dup(broker):
    """Chapter 2.1: SUBSCRIBE, UNSUBSCRIBE and PUBREL are of QoS 1."""
    client = broker.client("c", 3)
    client.publish("a", b"x", 2, id=1)
    client.expect(p.PUBREC, id=1)
    for kind, body, answer in ((p.SUBSCRIBE, b"\0\1a\0", p.SUBACK), (p.PUBREL, b"", p.PUBCOMP),
                               (p.UNSUBSCRIBE, b"\0\1a", p.UNSUBACK)):
        for flags in (2, 10, 10):
            client.send(p.raw(kind << 4 | flags, struct.pack(">H", 1) + body))
            client.expect(answer, id=1)


@test
def the_remaining_length_says_more_than_the_flags(broker):
    """Chapter 3.1: a user name and a password may be announced and not be there."""
    for flags in (0x82, 0xC2):
        conversation = broker.open(3)
        conversation.connect("c", flags=flags)
        conversation.expect(p.CONNACK, reason=0)
    conversation = broker.open(3)
    conversation.connect("c", flags=0xC2, username="ann")
    conversation.expect(p.CONNACK, reason=0)
    conversation = broker.open(3)
    conversation.connect("c", flags=0x42, password="no user name")
    conversation.expect_end()


@test
def a_will_works_as_later(broker):
    witness = broker.client("w", 3)
    witness.subscribed("will", qos=2)
    broker.client("c", 3, will=p.Will("will", b"gone", 2, retain=True)).drop()
    witness.taken("will", b"gone", qos=2, retain=0)
    broker.client("d", 3, will=p.Will("will", b"not this", 2)).disconnect()
    witness.expect_quiet()


run(given=daemon.for_test)
