# SPDX-License-Identifier: Apache-2.0
"""answers.py - how much the broker says: Maximum Packet Size, Reason Strings (MQTT 3.1.2.11, 3.4.2.2, 4.13)"""
from lib import daemon, packet as p
from lib.tap import config, covers, run, test

TERSE = {"request_problem_information": 0}


def deliver(broker, client, topic, payload):
    """Publishes, and a short message behind it; what the client gets before that."""
    publisher = broker.client()
    publisher.published(topic, payload, 1)
    publisher.published("e", b"end", 1)
    first = client.expect(p.PUBLISH)
    if first.payload == b"end":
        return None
    assert client.expect(p.PUBLISH).payload == b"end"
    return first


@test
@covers("MQTT-3.1.2-24", "MQTT-3.1.2-25")
def a_message_of_just_the_maximum_packet_size_arrives_and_one_byte_more_does_not(broker):
    size = len(p.publish(5, "a", b"x" * 100))
    for number, properties in enumerate(({}, {"topic_alias_maximum": 5})):
        client = broker.client("c%d" % number, properties={"maximum_packet_size": size, **properties})
        client.subscribed("a", "e")
        assert deliver(broker, client, "a", b"x" * 100).size == size
        assert deliver(broker, client, "a", b"x" * 101) is None
    assert broker.logged("not sent: a packet of %d bytes, client=c0 at" % (size + 1))


@test
@covers("MQTT-3.1.2-24")
def a_message_that_fits_only_by_its_topic_alias_arrives(broker):
    topic = "a/long/topic/that/is/sent/but/once"
    client = broker.client("c", properties={"maximum_packet_size": len(p.publish(5, topic)) + 3,
                                            "topic_alias_maximum": 2})
    client.subscribed(topic, "e")
    assert deliver(broker, client, topic, b"").topic == topic
    assert deliver(broker, client, topic, b"longer").topic == ""


@test
@covers("MQTT-3.1.2-24")
def a_client_that_takes_no_packet_as_large_as_an_answer_is_left(broker):
    conversation = broker.open()
    conversation.connect("tiny", properties={"maximum_packet_size": 8})
    conversation.expect_end()       # CONNACK is longer
    small = broker.client("small", properties={"maximum_packet_size": 24})
    small.subscribe(*["filter/%d" % i for i in range(40)])
    small.expect_closed(0x95)


@test
@covers("MQTT-3.1.2-24", "MQTT-3.2.2-7", "MQTT-3.14.2-3")
def a_goodbye_that_is_too_large_is_left_out(broker):
    for most in (1, 4):
        conversation = broker.open()
        conversation.connect("tiny", properties={"maximum_packet_size": most, "authentication_method": "none"})
        conversation.expect_end()   # CONNACK 0x8C takes five bytes
    short = broker.client("short", properties={"maximum_packet_size": 20})
    again = broker.client("short")
    assert short.expect_closed(0x8E).properties == {}
    again.connect("a second CONNECT")
    assert again.expect_closed(0x82).properties["reason_string"]


# ---- reason strings

@test
@config(limits={"max_subscriptions": 1, "max_topic_levels": 3, "max_retained_messages": 1})
@covers("MQTT-3.1.2-29", "MQTT-3.4.2-2", "MQTT-3.5.2-2", "MQTT-3.9.2-1")
def a_refusal_is_explained_to_who_wants_to_know_and_has_room(broker):
    room = {"maximum_packet_size": 30}
    for name, properties, wanted in (("wordy", {}, True), ("terse", TERSE, False), ("small", room, False)):
        client = broker.client(name, properties=properties)
        client.subscribed("a")
        said = [client.expect(p.SUBACK, id=client.subscribe("b"), reasons=[0x97])]
        for qos, kind in ((1, p.PUBACK), (2, p.PUBREC)):
            broker.client("").published("kept", b"x", 1, retain=True)
            said.append(client.expect(kind, id=client.publish("other", b"x", qos, retain=True), reason=0x97))
        for answer in said:
            assert ("reason_string" in answer.properties) == wanted, answer
            assert answer.size <= properties.get("maximum_packet_size", answer.size)


@test
@covers("MQTT-3.1.2-29")
def whoever_wants_no_reason_strings_gets_none(broker):
    client = broker.client("terse", properties=TERSE)
    broker.client("terse")
    assert client.expect_closed(0x8E).properties == {}


run(given=daemon.for_test)
