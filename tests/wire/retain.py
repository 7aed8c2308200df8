# SPDX-License-Identifier: Apache-2.0
"""retain.py - retained messages: what is kept, and when and in what order it comes (MQTT 3.3.1.3, 3.8.3.1)"""
from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions

NO_LOCAL, AS_PUBLISHED, IF_NEW, NEVER = 4, 8, 0x10, 0x20


def kept(broker, topic="#", version=5):
    """What a new subscriber gets at once, as topic: (payload, qos)."""
    reader = broker.client("reader", version)
    reader.subscribed(topic, qos=2)
    reader.send(p.PINGREQ_BYTES)
    found = {}
    while (packet := reader.receive()).type != p.PINGRESP:
        assert packet.retain == 1 and packet.dup == 0 and packet.topic not in found
        found[packet.topic] = (packet.payload, packet.qos)
    reader.drop()
    return found


@test
@versions(3, 4, 5)
@covers("MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-7", "MQTT-3.3.1-8",
        v311="MQTT-3.3.1-5 MQTT-3.3.1-6 MQTT-3.3.1-7 MQTT-3.3.1-8 MQTT-3.3.1-11 MQTT-3.3.1-12")
def the_last_word_of_each_topic_is_kept_with_its_quality(broker, version):
    publisher = broker.client("p", version)
    publisher.published("never", b"", 1, retain=True)
    for qos in (2, 0, 1):
        publisher.published("a", b"%d" % qos, qos, retain=True)
        publisher.published("b/%d" % qos, b"%d" % qos, qos, retain=True)
        publisher.published("a", b"not this", 2)
    assert kept(broker, "#", version) == {"a": (b"1", 1), "b/0": (b"0", 0), "b/1": (b"1", 1), "b/2": (b"2", 2)}
    publisher.published("b/1", b"", 0, retain=True)
    publisher.published("b/2", b"", 2)              # not retained: it removes nothing
    assert kept(broker, "b/#", version) == {"b/0": (b"0", 0), "b/2": (b"2", 2)}


@test
@versions(3, 4, 5)
@covers("MQTT-3.3.1-6", "MQTT-3.3.1-12", v311="MQTT-3.3.1-9 MQTT-3.3.1-10")
def whoever_is_there_gets_it_as_any_message_an_empty_one_too(broker, version):
    client = broker.client("c", version)
    client.subscribed("a", qos=1)
    publisher = broker.client("p", version)
    for payload in (b"x", b"", b""):
        publisher.published("a", payload, 1, retain=True)
        client.taken("a", payload, retain=0)


@test
@versions(3, 4, 5)
@covers(v311="MQTT-3.1.2-7")
def it_outlives_the_session_that_published_it(broker, version):
    broker.client("p", version).published("a", b"x", 1, retain=True)
    broker.client("p", version).disconnect()
    assert kept(broker, "a", version) == {"a": (b"x", 1)}


@test
@versions(3, 4, 5)
@covers("MQTT-4.7.2-1", v311="MQTT-4.7.2-1")
def a_leading_wildcard_does_not_find_what_begins_with_a_dollar(broker, version):
    publisher = broker.client("p", version)
    topics = ("$x", "$x/a", "a/$x", "/$x", "$")
    for topic in topics:
        publisher.published(topic, b"1", 1, retain=True)
    for filter_text, found in (("#", {"a/$x", "/$x"}), ("+/a", set()), ("+", set()), ("+/$x", {"a/$x", "/$x"}),
                               ("$x/#", {"$x", "$x/a"}), ("$x/+", {"$x/a"}), ("$", {"$"}), ("a/+", {"a/$x"})):
        assert set(kept(broker, filter_text, version)) == found, filter_text


@test
@covers("MQTT-3.3.2-6", "MQTT-3.3.2-5")
def its_expiry_is_counted_down_while_it_is_kept(broker):
    publisher = broker.client("p")
    publisher.published("long", b"x", 1, retain=True, properties={"message_expiry_interval": 100})
    publisher.published("short", b"x", 1, retain=True, properties={"message_expiry_interval": 1})
    publisher.published("none", b"x", 1, retain=True, properties={"message_expiry_interval": 0})
    assert "none" not in kept(broker)
    while "short" in kept(broker):
        pass
    client = broker.client("c")
    client.subscribed("+")
    left = client.expect_publish("long", b"x").properties["message_expiry_interval"]
    assert 50 < left <= 99, left
    client.expect_quiet()


@test
@covers("MQTT-3.3.1-13", "MQTT-3.3.1-12")
def retain_as_published_is_about_what_comes_later(broker):
    publisher = broker.client("p")
    publisher.published("a", b"kept", 1, retain=True)
    keeps, loses = broker.client("keeps"), broker.client("loses")
    keeps.subscribed(("a", AS_PUBLISHED))
    loses.subscribed(("a", 0))
    for client in (keeps, loses):
        client.expect_publish("a", b"kept", retain=1)
    for retain in (True, False):
        publisher.published("a", b"later", 1, retain=retain)
        keeps.expect_publish("a", b"later", retain=retain)
        loses.expect_publish("a", b"later", retain=0)


@test
@covers("MQTT-3.8.3-3")
def no_local_keeps_ones_own_kept_messages_away_too(broker):
    client, other = broker.client("c"), broker.client("o")
    client.published("mine", b"x", 1, retain=True)
    other.published("theirs", b"x", 1, retain=True)
    client.subscribed(("#", NO_LOCAL))
    client.expect_publish("theirs", b"x", retain=1)
    client.expect_quiet()


@test
@covers("MQTT-3.3.4-3")
def it_comes_with_the_identifier_of_the_subscription_that_was_made(broker):
    broker.client("p").published("a/b", b"x", 1, retain=True)
    client = broker.client("c")
    for id, text in ((1, "a/b"), (2, "a/+"), (3, "#")):
        client.subscribed(text, qos=1, properties={"subscription_identifier": [id]})
        assert client.taken("a/b", b"x", retain=1).properties == {"subscription_identifier": [id]}
    client.expect_quiet()


# ---- many of them

def slow_reader(broker, n):
    """A client that is being sent `n` kept messages one at a time, and the first of them."""
    publisher = broker.client("p")
    for i in range(n):
        publisher.published("a/%d" % i, b"kept", 1, retain=True)
    client = broker.client("c", properties={"receive_maximum": 1})
    client.subscribed("a/#", qos=1, properties={"subscription_identifier": [1]})
    return publisher, client, client.expect(p.PUBLISH)


def read_on(client, message, n):
    """Takes `n` messages of which `message` is the first."""
    got = [message]
    client.ack(p.PUBACK, message.id)
    for _ in range(n - 1):
        got.append(client.expect(p.PUBLISH))
        client.ack(p.PUBACK, got[-1].id)
    return got


@test
@covers("MQTT-4.6.0-5", "MQTT-4.5.0-1")
def what_came_after_the_subscription_comes_after_them(broker):
    publisher, client, first = slow_reader(broker, 20)
    for i in range(20):
        publisher.published("a/%d" % i, b"later", 1)
    got = read_on(client, first, 40)
    assert [m.payload for m in got] == [b"kept"] * 20 + [b"later"] * 20
    assert {m.topic for m in got[:20]} == {m.topic for m in got[20:]}
    client.expect_quiet()


@test
@config(limits={"max_queued_messages": 10})
def but_it_comes_before_when_its_room_gets_scarce(broker):
    """So that who subscribes to much loses nothing of what is new."""
    publisher, client, first = slow_reader(broker, 20)
    for i in range(10):
        publisher.published("a/x", b"later %d" % i, 1)
    got = read_on(client, first, 30)
    assert [m.payload for m in got if m.topic == "a/x"] == [b"later %d" % i for i in range(10)]
    client.expect_quiet()


@test
def what_is_replaced_meanwhile_comes_once(broker):
    publisher, client, first = slow_reader(broker, 10)
    for i in range(10):
        publisher.published("a/%d" % i, b"newer", 1, retain=True)
    got = read_on(client, first, 11)
    assert [(m.payload, m.retain) for m in got] == [(b"kept", 1)] + [(b"newer", 0)] * 10
    client.expect_quiet()


@test
@covers("MQTT-3.10.4-2")
def unsubscribing_stops_them(broker):
    _, client, first = slow_reader(broker, 20)
    client.unsubscribed("a/#")
    client.ack(p.PUBACK, first.id)
    client.expect_quiet()


@test
@covers("MQTT-3.8.4-3", "MQTT-3.8.4-4")
def subscribing_again_sends_them_all_once_on_the_new_terms(broker):
    _, client, first = slow_reader(broker, 10)
    client.subscribed("a/#", qos=1, properties={"subscription_identifier": [2]})
    got = read_on(client, first, 11)
    assert [m.properties["subscription_identifier"] for m in got] == [[1]] + [[2]] * 10
    client.expect_quiet()


# ---- none of them

@test
@versions(3, 4, 5)
@config(limits={"retained_available": False})
@covers("MQTT-3.2.2-13", "MQTT-3.2.2-14", v311="MQTT-3.2.2-6")
def where_nothing_is_retained_that_is_said_and_kept_to(broker, version):
    client = broker.client("c", version)
    assert client.connack.properties.get("retain_available", 1) == (0 if version == 5 else 1)
    client.published("a", b"x", 1)
    conversation = broker.open(version)
    conversation.connect("w", will=p.Will("w", retain=True))
    if version == 5:
        conversation.expect_refused(0x9A, None)
    else:
        conversation.expect_end()       # MQTT 3 has no return code for it
    client.publish("a", b"x", 1, retain=True)
    client.expect_closed(0x9A)


run(given=daemon.for_test)
