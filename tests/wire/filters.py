# SPDX-License-Identifier: Apache-2.0
"""filters.py - subscriptions that overlap, change and end (MQTT 3.3.4, 3.8.4, 3.10.4)"""
import struct

from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions

NO_LOCAL, AS_PUBLISHED = 4, 8


def lasting(broker, name, version=5, present=0):
    properties = {"session_expiry_interval": 60} if version == 5 else None
    return broker.open(version).connected(name, clean=False, properties=properties, session_present=present)


def ids_of(message):
    return sorted(message.properties.get("subscription_identifier", []))


# ---- answers

@test
@versions(3, 4, 5)
@covers("MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-3.8.4-5", "MQTT-3.8.4-6", "MQTT-3.8.4-7", "MQTT-3.9.3-1", "MQTT-3.9.3-2",
        "MQTT-2.2.1-6", v311="MQTT-3.8.4-1 MQTT-3.8.4-2 MQTT-3.8.4-4 MQTT-3.8.4-5 MQTT-3.9.3-1 MQTT-3.9.3-2 MQTT-2.3.1-7")
@config(limits={"max_subscriptions": 3})
def each_filter_has_its_answer_in_its_place(broker, version):
    client = broker.client("c", version)
    full = {3: 2, 4: 0x80, 5: 0x97}[version]        # MQTT 3.1 cannot say no
    for id in (1, 65535):
        client.subscribe(("a", 1), ("b", 0), ("c", 2), ("d", 2), ("a", 0), id=id)
        client.expect(p.SUBACK, id=id, reasons=[1, 0, 2, full, 0])
    client.published("d", b"", 1)
    client.expect_quiet()


@test
@versions(3, 4, 5)
@covers("MQTT-3.10.4-1", "MQTT-3.10.4-4", "MQTT-3.10.4-5", "MQTT-3.10.4-6", "MQTT-3.11.3-1", "MQTT-3.11.3-2", "MQTT-2.2.1-6",
        v311="MQTT-3.10.4-1 MQTT-3.10.4-4 MQTT-3.10.4-5 MQTT-3.10.4-6 MQTT-2.3.1-7")
def many_filters_end_at_once_each_only_if_it_is_the_same(broker, version):
    client = broker.client("c", version)
    client.subscribed("a/+", "a/#", "b", "B", "$share/g/c")
    client.unsubscribe("a/b", "a/+", "b", "b", "c", "$share/h/c", "$share/g/c", id=9)
    reasons = [0x11, 0, 0, 0x11, 0x11, 0x11, 0] if version == 5 else []
    client.expect(p.UNSUBACK, id=9, reasons=reasons)
    other = broker.client("o", version)
    for topic in ("a/b", "b", "c", "B"):
        other.published(topic, b"x", 1)
    client.expect_publish("a/b", b"x")
    client.expect_publish("B", b"x")
    client.expect_quiet()


@test
@versions(3, 4, 5)
@covers("MQTT-3.10.4-2", "MQTT-3.10.4-3", v311="MQTT-3.10.4-2 MQTT-3.10.4-3")
def what_has_begun_is_completed_after_unsubscribe(broker, version):
    client, other = lasting(broker, "c", version), broker.client("o", version)
    client.subscribed("a", qos=2)
    for qos in (1, 2):
        other.published("a", b"%d" % qos, qos)
    one, two = (client.expect_publish("a", b"%d" % qos) for qos in (1, 2))
    client.unsubscribed("a")
    other.published("a", b"late", 2)
    client.drop()
    client = lasting(broker, "c", version, present=1)
    client.taken("a", b"1", id=one.id, dup=1)
    client.taken("a", b"2", id=two.id, dup=1)
    client.expect_quiet()


# ---- changing

@test
@versions(3, 4, 5)
@covers("MQTT-3.8.4-3", "MQTT-3.8.4-4", v311="MQTT-3.8.4-3")
def nothing_is_lost_or_doubled_while_a_subscription_is_replaced(broker, version):
    client, other = broker.client("c", version), broker.client("o", version)
    client.subscribed("a", qos=1)
    n = 400
    for i in range(n):
        other.publish("a", b"%d" % i, 1)
        if i % 20 == 0:
            client.subscribe("a", qos=1)
    got = []
    while len(got) < n:
        packet = client.receive()
        if packet.type == p.PUBLISH:
            client.ack(p.PUBACK, packet.id)
            got.append(int(packet.payload))
    assert got == list(range(n))
    client.drop()


@test
@covers("MQTT-3.8.4-3", "MQTT-3.3.4-3")
def a_new_subscription_of_the_same_filter_has_all_its_terms(broker):
    client, other = broker.client("c"), broker.client("o")
    client.subscribed(("a", 1 | NO_LOCAL | AS_PUBLISHED), properties={"subscription_identifier": [5]})
    other.published("a", b"1", 2, retain=True)
    assert ids_of(client.taken("a", b"1", qos=1, retain=1)) == [5]
    client.subscribed(("a", 0x20))
    other.published("a", b"2", 2, retain=True)
    assert ids_of(client.expect_publish("a", b"2", qos=0, retain=0)) == []
    client.publish("a", b"mine")
    client.expect_publish("a", b"mine")


# ---- overlapping

@test
@versions(3, 4, 5)
@covers("MQTT-3.3.4-2", "MQTT-3.8.4-8", v311="MQTT-3.3.5-1 MQTT-3.8.4-6")
def overlapping_filters_give_one_copy_of_the_highest_quality(broker, version):
    client, other = broker.client("c", version), broker.client("o", version)
    client.subscribed(("a/#", 0), ("a/+", 2), ("+/b", 1), ("a/b", 0))
    for qos in (0, 1, 2):
        other.published("a/b", b"%d" % qos, qos)
        client.taken("a/b", b"%d" % qos, qos=qos)
    client.unsubscribed("a/+")
    other.published("a/b", b"x", 2)
    client.taken("a/b", b"x", qos=1)
    client.expect_quiet()


@test
@covers("MQTT-3.8.3-3", "MQTT-3.3.4-2", "MQTT-3.3.4-4")
def a_filter_with_no_local_does_not_count_for_ones_own_messages(broker):
    """Of several that overlap the others do, with their quality, flags and identifiers."""
    client, other = broker.client("c"), broker.client("o")
    for options, id, text in ((2 | NO_LOCAL | AS_PUBLISHED, 1, "a/#"), (1, 2, "a/+"), (0, 3, "a/b")):
        client.subscribed((text, options), properties={"subscription_identifier": [id]})
    other.published("a/b", b"theirs", 2, retain=True)
    assert ids_of(client.taken("a/b", b"theirs", qos=2, retain=1)) == [1, 2, 3]
    client.publish("a/b", b"mine", 0, retain=True)
    assert ids_of(client.expect_publish("a/b", b"mine", qos=0, retain=0)) == [2, 3]
    client.publish("a/b", b"mine", 1, id=77, retain=True)
    assert ids_of(client.expect_publish("a/b", b"mine", qos=1, retain=0)) == [2, 3]
    client.expect(p.PUBACK, id=77, reason=0)
    client.unsubscribed("a/+", "a/b")
    client.published("a/b", b"mine")
    client.published("a/b/c", b"mine")
    client.expect_quiet()


@test
@covers("MQTT-3.8.3-3")
def no_local_is_about_the_client_not_its_connection(broker):
    client = lasting(broker, "c")
    client.subscribed(("a", 1 | NO_LOCAL))
    client.disconnect()
    client = lasting(broker, "c", present=1)
    client.published("a", b"mine", 1)
    client.expect_quiet()
    client.publish("a", b"mine", 0)
    client.disconnect()
    client = lasting(broker, "c", present=1)
    broker.client("o").published("a", b"theirs", 1)
    client.taken("a", b"theirs")


@test
@covers("MQTT-3.3.4-4")
def the_same_identifier_may_stand_for_several_filters(broker):
    client = broker.client("c")
    client.subscribed("a/#", "+/b", qos=1, properties={"subscription_identifier": [268435455]})
    broker.client("o").published("a/b", b"x", 1)
    assert set(ids_of(client.taken("a/b", b"x"))) == {268435455}
    client.expect_quiet()


# ---- what is no filter

@test
@covers("MQTT-3.8.3-5", v311="MQTT-3-8.3-4 MQTT-4.8.0-1")
def bits_beside_the_quality_are_for_mqtt_5(broker):
    for options in range(4, 256):
        client = broker.client("c", 4)
        client.send(p.subscribe(4, 1, ("a", options)))
        client.expect_closed()
    for options in (0xC0, 0x40, 0x80, 0x41, 0x82):
        client = broker.client("c")
        client.send(p.subscribe(5, 1, ("b", 0), ("a", options)))
        client.expect_closed(0x81)


@test
@versions(3, 4, 5)
@covers("MQTT-3.8.3-2", "MQTT-2.2.2-1", v311="MQTT-3.8.3-3")
def a_filter_without_options_is_malformed(broker, version):
    for body in (b"\0\1a", b"\0\1a\0\0\1b", b"\0\5a\0"):
        client = broker.client("c", version)
        head = struct.pack(">H", 1) + (b"\0" if version == 5 else b"")
        client.send(p.raw(p.SUBSCRIBE << 4 | 2, head + body))
        client.expect_closed(0x81)


run(given=daemon.for_test)
