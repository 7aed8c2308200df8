# SPDX-License-Identifier: Apache-2.0
"""text.py - strings, topic names and filters as characters (MQTT 1.5.4, 1.5.7, 4.7.3)"""
import struct

from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions

ILL_FORMED = (b"\xff", b"a\0b", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe2\x82")
LONGEST = "x" * 65535


def end_of(client, topic="the/end"):
    """The topics of what comes before the message on `topic`."""
    got = []
    while True:
        message = client.expect(p.PUBLISH)
        if message.topic == topic:
            return got
        got.append(message.topic)


@test
@versions(3, 4, 5)
@covers("MQTT-1.5.4-3", "MQTT-4.7.3-4", "MQTT-3.3.2-3", v311="MQTT-1.5.3-3 MQTT-4.7.3-4 MQTT-3.3.2-3")
def names_are_compared_and_sent_as_they_are(broker, version):
    """U+FEFF stays, composed and decomposed letters, cases and spaces differ, slashes are not merged."""
    names = ("a", "\ufeffa", "a\ufeff", "A", "a ", " a", "\u00e9", "e\u0301", "a/", "a//", "/a", "\u212b", "\u00c5")
    publisher = broker.client("p", version)
    for number, name in enumerate(names):
        subscriber = broker.client("s%d" % number, version)
        subscriber.subscribed(name, "the/end")
        for topic in (*names, "the/end"):
            publisher.publish(topic, b"x")
        assert end_of(subscriber) == [name], name
        subscriber.unsubscribed(name)
        subscriber.drop()


@test
@versions(3, 4, 5)
@covers("MQTT-4.7.3-3", v311="MQTT-4.7.3-3")
def names_of_65535_bytes_are_taken(broker, version):
    client = broker.client("c", version)
    client.subscribed(LONGEST, "y" * 65533 + "/+", qos=1)
    client.publish(LONGEST, b"x", 0)
    client.expect_publish(LONGEST, b"x")
    client.publish("y" * 65533 + "/z", b"x", 0)
    client.expect_publish("y" * 65533 + "/z", b"x")
    client.unsubscribed(LONGEST)


@test
@versions(3, 4, 5)
def characters_that_are_only_discouraged_are_taken(broker, version):
    """Control characters and what Unicode calls noncharacters."""
    topic = "\u0001\u001f\u007f\u009f/\ufdd0\uffff\U0010ffff"
    client = broker.client("c\u0001\uffff", version, username="\u0007", password="x")
    client.subscribed(topic, qos=1)
    client.publish(topic, b"x")
    client.expect_publish(topic, b"x")


@test
@versions(3, 4, 5)
@covers("MQTT-1.5.4-1", "MQTT-1.5.4-2", "MQTT-3.8.3-1", "MQTT-3.10.3-1", "MQTT-3.3.2-1",
        v311="MQTT-1.5.3-1 MQTT-1.5.3-2 MQTT-3.8.3-1 MQTT-3.10.3-1 MQTT-3.3.2-1")
def ill_formed_names_end_the_connection(broker, version):
    for bad in ILL_FORMED:
        for packet in (p.publish(version, bad, b"x"), p.subscribe(version, 1, ("a", 0), (bad, 0)),
                       p.unsubscribe(version, 1, "a", bad)):
            client = broker.client("c", version)
            client.send(packet)
            client.expect_closed(0x81)


def raw_properties(number, *strings):
    return bytes([number]) + b"".join(p.string(s) for s in strings)


@test
@covers("MQTT-1.5.7-1", "MQTT-1.5.4-1", "MQTT-1.5.4-2")
def both_strings_of_a_user_property_must_be_text(broker):
    for bad in ILL_FORMED:
        for pair in ((bad, "value"), ("name", bad)):
            encoded = raw_properties(0x26, *pair)
            for packet in (p.publish(5, "a", b"x", properties=encoded), p.subscribe(5, 1, ("a", 0), properties=encoded),
                           p.unsubscribe(5, 1, "a", properties=encoded), p.ack(p.PUBACK, 5, 1, 0, encoded),
                           p.disconnect(5, 0, encoded)):
                client = broker.client("c")
                client.send(packet)
                client.expect_closed(0x81)
            conversation = broker.open()
            conversation.connect("c", properties=encoded)
            conversation.expect_rejected(0x81)


@test
@covers("MQTT-3.3.2-13", "MQTT-3.3.2-14", "MQTT-3.3.2-19")
def properties_of_a_message_that_are_text_must_be_text(broker):
    for bad in ILL_FORMED:
        for number in (0x03, 0x08):     # Content Type, Response Topic
            client = broker.client("c")
            client.publish("a", b"x", properties=raw_properties(number, bad))
            client.expect_closed(0x81)
            conversation = broker.open()
            conversation.connect("c", will=p.Will("w", properties=raw_properties(number, bad)))
            conversation.expect_rejected(0x81)
    for wild in ("#", "a/+", "a#"):
        client = broker.client("c")
        client.publish("a", b"x", properties={"response_topic": wild})
        client.expect_closed(0x82, 0x90)


@test
def a_payload_that_is_not_what_its_format_says_travels_all_the_same(broker):
    """The server may check it (MQTT 5.0, 3.3.2.3.2); it is left to those who read it."""
    client = broker.client("c")
    client.subscribed("a")
    client.publish("a", b"\xff", properties={"payload_format_indicator": 1})
    client.expect_publish("a", b"\xff", properties={"payload_format_indicator": 1})


@test
@versions(3, 4, 5)
@config(limits={"max_topic_levels": 4})
def topics_and_filters_have_a_bound_of_levels(broker, version):
    client = broker.client("c", version)
    client.subscribed("a/b/c/d", "+/+/+/#")
    id = client.subscribe("a/b/c/d/e", "a")
    client.expect(p.SUBACK, id=id, reasons=[{3: 0, 4: 0x80, 5: 0x8F}[version], 0])
    conversation = broker.open(version)
    conversation.connect("will", will=p.Will("a/b/c/d/e"))
    conversation.expect_rejected(0x90)
    client.publish("a/b/c/d/e", b"x")
    client.expect_closed(0x90)


@test
@versions(3, 4, 5)
@covers("MQTT-4.7.3-1", v311="MQTT-4.7.3-1")
def a_name_may_be_nothing_but_separators(broker, version):
    client = broker.client("c", version)
    client.subscribed("/", "+/+/+", qos=1)
    for topic in ("/", "//"):
        client.publish(topic, b"x")
        client.expect_publish(topic, b"x")
    client.send(p.raw(p.SUBSCRIBE << 4 | 2, struct.pack(">H", 9) + (b"\0" if version == 5 else b"") + b"\0\0\0"))
    client.expect_closed(0x81, 0x82, 0x8F)


run(given=daemon.for_test)
