# SPDX-License-Identifier: Apache-2.0
"""publish.py - messages in and out (MQTT 3.3, 4.3, 4.6), and the properties that travel with them"""
import itertools

from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions
from lib.wait import wait_until


@test
@covers("MQTT-3.8.4-8", v311="MQTT-3.8.4-6 MQTT-3.3.5-1")
def a_message_is_delivered_with_the_lower_of_both_qualities(broker):
    """Between all versions, too."""
    for mine, theirs in itertools.product((3, 4, 5), repeat=2):
        for wanted, sent in itertools.product((0, 1, 2), repeat=2):
            topic = "q/%d/%d/%d/%d" % (mine, theirs, wanted, sent)
            subscriber = broker.client("s" + topic[2:].replace("/", ""), mine)
            subscriber.subscribed(topic, qos=wanted)
            publisher = broker.client("p" + topic[2:].replace("/", ""), theirs)
            publisher.published(topic, b"x", sent)
            assert subscriber.taken(topic, b"x").qos == min(wanted, sent)
            subscriber.drop()
            publisher.drop()


@test
@versions(3, 4, 5)
@covers("MQTT-4.3.2-4", "MQTT-4.3.3-8", "MQTT-4.3.3-11", v311="MQTT-4.3.2-2 MQTT-4.3.3-2")
def every_quality_of_service_is_acknowledged(broker, version):
    client = broker.client("c", version)
    for qos in (0, 1, 2):
        client.published("a", b"x", qos)


@test
@versions(3, 4, 5)
@covers("MQTT-4.3.3-10", v311="MQTT-4.3.3-2")
def a_repeated_qos_2_publish_is_one_message(broker, version):
    witness = broker.client("w", version)
    witness.subscribed("a", qos=2)
    client = broker.client("c", version)
    for _ in range(3):
        client.publish("a", b"x", 2, id=9)
        client.expect(p.PUBREC, id=9)
    client.ack(p.PUBREL, 9)
    client.expect(p.PUBCOMP, id=9, reason=0)
    witness.taken("a", b"x")
    client.publish("a", b"y", 2, id=9)      # released: the identifier is new again
    client.expect(p.PUBREC, id=9)
    witness.taken("a", b"y")


@test
@versions(3, 4, 5)
@covers("MQTT-4.3.3-11", v311="MQTT-4.3.3-2")
def a_pubrel_for_nothing_is_completed_all_the_same(broker, version):
    client = broker.client("c", version)
    client.ack(p.PUBREL, 77)
    client.expect(p.PUBCOMP, id=77, reason=0x92 if version == 5 else 0)


@test
@versions(3, 4, 5)
@covers("MQTT-4.6.0-5", "MQTT-4.6.0-6", v311="MQTT-4.6.0-6")
def messages_of_one_publisher_stay_in_order(broker, version):
    subscriber = broker.client("s", version)
    publisher = broker.client("p", version)
    for qos in (0, 1, 2):
        subscriber.subscribed("o%d" % qos, qos=qos)
        for i in range(200):
            publisher.publish("o%d" % qos, b"%d" % i, min(qos, 1))
        for i in range(200):
            subscriber.taken("o%d" % qos, b"%d" % i)


@test
@versions(3, 4, 5)
def a_payload_may_be_empty_and_large(broker, version):
    subscriber = broker.client("s", version)
    subscriber.subscribed("a", qos=1)
    publisher = broker.client("p", version)
    for size in (0, 1, 127, 128, 16383, 16384, 100000, 1000000):
        payload = bytes(i * 7 % 256 for i in range(min(size, 4096))) * (size // 4096 + 1)
        publisher.published("a", payload[:size], 1)
        subscriber.taken("a", payload[:size])


@test
@config(limits={"max_packet_size": "10000"})
@covers("MQTT-3.2.2-15")
def a_packet_above_the_limit_ends_the_connection(broker):
    client = broker.client("c")
    assert client.connack.properties["maximum_packet_size"] == 10000
    client.publish("a", b"x" * 10000, 0)
    client.expect_closed(0x95)


@test
@covers("MQTT-3.1.2-24", "MQTT-3.1.2-25")
def a_message_too_large_for_a_client_is_dropped_for_it_alone(broker):
    small = broker.client("small", properties={"maximum_packet_size": 100})
    large = broker.client("large")
    for client in (small, large):
        client.subscribed("a", qos=1)
    publisher = broker.client("p")
    publisher.published("a", b"x" * 200, 1)
    publisher.published("a", b"fits", 1)
    small.taken("a", b"fits")
    large.taken("a", b"x" * 200)
    large.taken("a", b"fits")


# ---- what travels

TRAVELLING = {"payload_format_indicator": 1, "content_type": "text", "response_topic": "r/t",
              "correlation_data": b"\x00\xff", "user_property": [("a", "b"), ("a", "b"), ("c", "")]}


@test
@covers("MQTT-3.3.2-4", "MQTT-3.3.2-15", "MQTT-3.3.2-16", "MQTT-3.3.2-17", "MQTT-3.3.2-18", "MQTT-3.3.2-20")
def properties_travel_unaltered_and_in_order(broker):
    subscriber = broker.client("s")
    subscriber.subscribed("a", qos=1)
    broker.client("p").published("a", b"x", 1, properties=TRAVELLING)
    assert subscriber.taken("a", b"x").properties == TRAVELLING


@test
@covers("MQTT-3.3.2-5", "MQTT-3.3.2-6")
def message_expiry_is_counted_down_and_then_is_the_end(broker):
    client = broker.open().connected("c", clean=False, properties={"session_expiry_interval": 60})
    client.subscribed("a", qos=1)
    client.disconnect()
    publisher = broker.client("p")
    publisher.published("a", b"soon gone", 1, properties={"message_expiry_interval": 1})
    publisher.published("a", b"stays", 1, properties={"message_expiry_interval": 100})
    publisher.published("kept", b"soon gone", 1, retain=True, properties={"message_expiry_interval": 1})
    reader = broker.client("r")

    def is_gone():
        reader.subscribed("kept")
        reader.send(p.PINGREQ_BYTES)
        return reader.receive().type == p.PINGRESP or not reader.receive()
    wait_until(is_gone, 5, "the end of the retained message")
    client = broker.open().connected("c", clean=False, session_present=1)
    left = client.taken("a", b"stays").properties["message_expiry_interval"]
    assert 90 <= left <= 99, left


# ---- topic aliases

@test
@covers("MQTT-3.3.2-7", "MQTT-3.3.2-12")
def a_topic_alias_stands_for_its_topic_until_it_is_given_another(broker):
    subscriber = broker.client("s")
    subscriber.subscribed("#", qos=0)
    client = broker.client("p")
    client.publish("a/b", b"1", properties={"topic_alias": 1})
    client.publish("", b"2", properties={"topic_alias": 1})
    client.publish("c/d", b"3", properties={"topic_alias": 1})
    client.publish("", b"4", properties={"topic_alias": 1})
    for topic, payload in (("a/b", b"1"), ("a/b", b"2"), ("c/d", b"3"), ("c/d", b"4")):
        subscriber.expect_publish(topic, payload)


@test
@covers("MQTT-3.3.2-7", "MQTT-3.3.2-12")
def every_topic_alias_up_to_the_maximum_is_taken_and_none_outlives_its_connection(broker):
    subscriber = broker.client("s", properties={"topic_alias_maximum": 3, "session_expiry_interval": 60})
    subscriber.subscribed("#", qos=1)
    client = broker.client("p")
    most = client.connack.properties["topic_alias_maximum"]
    for alias in range(1, most + 1):
        client.publish("t/%d" % alias, b"x", properties={"topic_alias": alias})
    for alias in range(most, 0, -1):
        client.publish("", b"y", properties={"topic_alias": alias})
    topics = ["t/%d" % alias for alias in range(1, most + 1)]
    known = {}
    for topic in topics + topics[::-1]:
        got = subscriber.expect(p.PUBLISH)
        alias = got.properties.get("topic_alias")
        if got.topic:
            known[alias] = got.topic
        assert (got.topic or known[alias]) == topic
    subscriber.disconnect()
    subscriber = broker.open().connected("s", clean=False, session_present=1, properties={"topic_alias_maximum": 3})
    client.published("t/1", b"z", 1)
    assert subscriber.expect(p.PUBLISH).topic == "t/1"      # written out again
    client = broker.client("p")
    client.publish("", b"x", properties={"topic_alias": 1})
    client.expect_closed(0x82, 0x94)


@test
@covers("MQTT-3.3.2-8", "MQTT-3.3.2-9", "MQTT-3.2.2-17")
def topic_aliases_out_of_range_or_unknown_end_the_connection(broker):
    for properties, topic, reasons in (({"topic_alias": 0}, "a", (0x94,)), ({"topic_alias": 17}, "a", (0x94,)),
                                       ({"topic_alias": 3}, "", (0x82, 0x94)), ({}, "", (0x82, 0x90))):
        client = broker.client("")
        client.publish(topic, b"x", properties=properties)
        client.expect_closed(*reasons)


@test
@covers("MQTT-3.1.2-26", "MQTT-3.1.2-27", "MQTT-3.3.2-11")
def the_broker_uses_aliases_only_as_far_as_the_client_allows(broker):
    without = broker.client("without")
    within = broker.client("within", properties={"topic_alias_maximum": 2})
    for client in (without, within):
        client.subscribed("#")
    publisher = broker.client("p")
    seen = {}
    for topic in ("a", "b", "c", "a", "b", "c"):
        publisher.published(topic, b"x")
        assert without.expect_publish(topic, b"x").properties == {}
        got = within.expect(p.PUBLISH)
        alias = got.properties.get("topic_alias")
        if alias is not None:
            assert 1 <= alias <= 2
            seen.setdefault(alias, got.topic)
        assert (got.topic or seen[alias]) == topic


# ---- flow

@test
@covers("MQTT-3.3.4-9", "MQTT-4.9.0-2", "MQTT-4.9.0-3")
def the_clients_receive_maximum_is_kept_and_the_rest_waits(broker):
    client = broker.client("c", properties={"receive_maximum": 2})
    client.subscribed("a", qos=1)
    publisher = broker.client("p")
    for i in range(5):
        publisher.published("a", b"%d" % i, 1)
    first, second = client.expect_publish("a", b"0"), client.expect_publish("a", b"1")
    client.expect_quiet()
    client.ack(p.PUBACK, second.id)
    client.taken("a", b"2")
    client.taken("a", b"3")
    client.taken("a", b"4")
    client.ack(p.PUBACK, first.id)


@test
@config(limits={"receive_maximum": 3})
@covers("MQTT-3.3.4-7", "MQTT-3.3.4-8")
def the_brokers_receive_maximum_is_enforced(broker):
    client = broker.client("c")
    assert client.connack.properties["receive_maximum"] == 3
    for i in range(1, 5):
        client.publish("a", b"x", 2, id=i)
    for i in range(1, 4):
        client.expect(p.PUBREC, id=i)
    client.expect_closed(0x93)


@test
@versions(4, 5)
def what_one_read_brings_is_seen_in_its_order(broker, version):
    """Receivers of what is still to come are looked for ahead, but who subscribes in between is one, too."""
    client = broker.client("c", version)
    parts, expected = [], []
    for i in range(60):
        topic = "ahead/%d" % i
        if i % 3 == 1:
            parts.append(p.subscribe(version, 100 + i, (topic, 0)))
        parts.append(p.publish(version, topic, b"1"))
        if i % 3 == 1:
            parts.append(p.publish(version, topic, b"2"))
            expected += [(topic, b"1"), (topic, b"2")]
            parts.append(p.unsubscribe(version, 200 + i, topic))
            parts.append(p.publish(version, topic, b"3"))
    client.send(b"".join(parts))
    for topic, payload in expected:
        if payload == b"1":
            client.expect(p.SUBACK)
        client.taken(topic, payload)
        if payload == b"2":
            client.expect(p.UNSUBACK)
    client.expect_quiet()


@test
def a_client_that_does_not_read_harms_only_itself(broker):
    deaf = broker.client("deaf")
    deaf.subscribed("flood")
    other = broker.client("other")
    other.subscribed("flood", qos=1)
    publisher = broker.client("p")
    before = broker.resident_kib()
    payload = b"x" * 100000
    for i in range(400):
        publisher.published("flood", payload, 1)
        other.taken("flood", payload)
    assert broker.resident_kib() - before < 30000, "40 MB went by, 4 MiB may wait"
    assert broker.logged("does not read")


run(given=daemon.for_test)
