# SPDX-License-Identifier: Apache-2.0
"""listeners.py - what each listener asks of its clients, and what they may"""
from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions
from lib.wait import wait_until

LOCAL = {"address": "127.0.0.1:0"}


def two(**options):
    """A listener as usual, and one with these options: number 1."""
    return [LOCAL, dict(LOCAL, **options)]


def refused(conversation, reason, v3_code, client_id="c", **how):
    conversation.connect(client_id, **how)
    return conversation.expect_refused(reason, v3_code)


@test
@config(listeners=two(protocol_versions=["3.1.1"]))
@covers("MQTT-3.1.2-2", v311="MQTT-3.1.2-2")
def a_listener_speaks_the_versions_it_is_told_to(broker):
    broker.client("four", 4, at=1).pinged()
    refused(broker.open(3, at=1), 0x84, 1)
    refused(broker.open(5, at=1), 0x84, 1)
    for version in (3, 4, 5):
        broker.client("v%d" % version, version).pinged()


@test
@config(listeners=two(max_connections=2))
def a_listener_takes_so_many_connections(broker):
    first, second = (broker.client("c%d" % i, at=1) for i in range(2))
    broker.open(at=1).expect_end()
    broker.client("elsewhere").pinged()
    first.disconnect()
    wait_until(lambda: comes_in(broker, 1), 10, "a place that came free")
    second.pinged()
    assert broker.logged("refused 127.0.0.1:\\d+: max_connections of its listener is reached")


def comes_in(broker, at):
    conversation = broker.open(4, at)
    try:
        conversation.connected("late")
        return True
    except AssertionError:
        return False
    finally:
        conversation.drop()


# ---- QoS

@test
@config(listeners=two(max_qos=1))
@covers("MQTT-3.2.2-9", "MQTT-3.2.2-10", "MQTT-3.2.2-11")
def above_the_highest_qos_a_publish_ends_the_connection_and_a_subscription_gets_less(broker):
    client = broker.client("qos", at=1)
    assert client.connack.properties["maximum_qos"] == 1
    client.subscribe("a", qos=2)
    assert client.expect(p.SUBACK).reasons == [1]
    broker.client("other").published("a", b"x", 2)
    client.taken("a", b"x", qos=1)
    client.published("b", b"y", 1)
    client.publish("b", b"z", 2)
    client.expect_closed(0x9B)
    assert "maximum_qos" not in broker.client("any").connack.properties


@test
@config(limits={"max_qos": 0})
@versions(4, 5)
@covers("MQTT-3.2.2-12")
def the_highest_qos_may_be_that_of_all_listeners(broker, version):
    client = broker.client("qos", version)
    client.subscribe("a", qos=2)
    assert client.expect(p.SUBACK).reasons == [0]
    client.publish("b", b"z", 1)
    client.expect_closed(0x9B)
    conversation = broker.open(version)
    conversation.connect("will", will=p.Will("w", b"x", qos=1))
    if version == 5:
        conversation.expect(p.CONNACK, reason=0x9B)
    conversation.expect_end()


# ---- topic aliases

@test
@config(listeners=two(topic_alias_maximum=3, topic_alias_maximum_out=1))
@covers("MQTT-3.1.2-26", "MQTT-3.3.2-9")
def topic_aliases_have_a_maximum_each_way(broker):
    client = broker.client("alias", at=1, properties={"topic_alias_maximum": 10})
    assert client.connack.properties["topic_alias_maximum"] == 3
    client.subscribed("a", "b")
    other = broker.client("other")
    for _ in range(2):
        for topic in ("a", "b"):
            other.published(topic, b"x")
    found = [client.expect(p.PUBLISH) for _ in range(4)]
    assert [f.properties.get("topic_alias") for f in found] == [1, None, 1, None], found
    client.published("c", b"x", properties={"topic_alias": 3})
    client.publish("c", b"x", properties={"topic_alias": 4})
    client.expect_closed(0x94)


@test
@config(listeners=two(topic_alias_maximum=0))
def without_topic_aliases_none_are_offered(broker):
    client = broker.client("alias", at=1)
    assert "topic_alias_maximum" not in client.connack.properties
    client.publish("c", b"x", properties={"topic_alias": 1})
    client.expect_closed(0x94)


# ---- who comes in

@test
@config(listeners=two(allow_anonymous=False))
@versions(4, 5)
def a_listener_may_ask_for_a_user_name(broker, version):
    refused(broker.open(version, at=1), 0x87, 5)
    broker.client("named", version, at=1, username="u", password="p").pinged()
    broker.client("anonymous", version).pinged()


@test
@config(listeners=two(allow_empty_client_id=False))
@versions(4, 5)
@covers("MQTT-3.1.3-6", "MQTT-3.1.3-8", v311="MQTT-3.1.3-6 MQTT-3.1.3-9")
def a_listener_may_ask_for_a_client_id(broker, version):
    refused(broker.open(version, at=1), 0x85, 2, client_id="")
    broker.client("named", version, at=1).pinged()
    broker.client("", version).pinged()


@test
@config(listeners=two(assigned_id_prefix="gate-2-"))
@covers("MQTT-3.1.3-6", "MQTT-3.2.2-16")
def client_ids_that_are_given_begin_as_told(broker):
    assert broker.client("", at=1).connack.properties["assigned_client_identifier"].startswith("gate-2-")
    assert broker.client("").connack.properties["assigned_client_identifier"].startswith("auto-")


# ---- mount points

TENANT = two(mount_point="tenant/")


@test
@config(listeners=TENANT)
@versions(4, 5)
def a_mount_point_is_put_before_topics_and_taken_off_again(broker, version):
    inside, outside = broker.client("in", version, at=1), broker.client("out", version)
    inside.subscribed("#")
    outside.subscribed("#")
    inside.publish("a/b", b"1")
    inside.expect_publish("a/b", b"1")
    outside.expect_publish("tenant/a/b", b"1")
    outside.publish("a/b", b"2")
    outside.expect_publish("a/b", b"2")
    outside.publish("tenant/c", b"3")
    outside.expect_publish("tenant/c", b"3")
    inside.expect_publish("c", b"3")
    large = b"x" * 20000     # by another way through the encoder
    outside.publish("tenant/c", large)
    outside.expect_publish("tenant/c", large)
    inside.expect_publish("c", large)
    inside.unsubscribed("#")
    broker.client("writer", version).published("tenant/c", b"4", 1)
    inside.expect_quiet()


@test
@config(listeners=TENANT)
def behind_a_mount_point_are_retained_messages_wills_and_shares(broker):
    outside = broker.client("out")
    outside.subscribed("tenant/+", "w")
    inside = broker.client("in", at=1, will=p.Will("w", b"gone"))
    inside.published("r", b"kept", retain=True)
    outside.expect_publish("tenant/r", b"kept")
    member = broker.client("member", at=1)
    member.subscribed("r")
    member.expect_publish("r", b"kept", retain=True)
    member.subscribed("$share/g/s")
    outside.publish("s", b"not this")
    outside.publish("tenant/s", b"this")
    outside.expect_publish("tenant/s", b"this")
    member.expect_publish("s", b"this")
    inside.drop()
    outside.expect_publish("tenant/w", b"gone")


@test
@config(listeners=TENANT)
def topic_aliases_stand_for_topics_as_the_client_knows_them(broker):
    inside = broker.client("in", at=1, properties={"topic_alias_maximum": 5})
    inside.subscribed("a")
    inside.publish("a", b"1", properties={"topic_alias": 1})
    first = inside.expect_publish("a", b"1")
    inside.publish("", b"2", properties={"topic_alias": 1})
    second = inside.expect_publish("", b"2")
    assert first.properties["topic_alias"] == second.properties["topic_alias"]


@test
@config(listeners=TENANT)
def a_session_does_not_go_from_one_mount_point_to_another(broker):
    inside = broker.client("same", 4, at=1, clean=False)
    inside.subscribed("a", qos=1)
    inside.disconnect()
    broker.client("out").published("tenant/a", b"secret", 1)
    outside = broker.client("same", 4, clean=False)
    outside.expect_quiet()


@test
@config(listeners=TENANT, limits={"max_connect_size": "128KiB"})
def with_its_mount_point_a_topic_may_be_too_long(broker):
    inside = broker.client("long", at=1)
    topic = "a" * (65535 - len("tenant/"))
    inside.subscribed(topic)
    inside.publish(topic, b"x")
    inside.expect_publish(topic, b"x")
    inside.subscribe(topic + "a")
    assert inside.expect(p.SUBACK).reasons == [0x8F]
    inside.publish(topic + "a", b"x")
    inside.expect_closed(0x90)
    conversation = broker.open(at=1)
    conversation.connect("will", will=p.Will(topic + "a", b"x"))
    conversation.expect_refused(0x90, None)


# ---- reloading

@test
@config(listeners=two(max_qos=2))
def a_reload_changes_a_listener_for_later_connections_only(broker):
    old = broker.client("old", at=1)
    broker.reload(listeners=two(max_qos=0, protocol_versions=["5.0"], allow_anonymous=False))
    old.published("a", b"x", 2)
    refused(broker.open(at=1), 0x87, 5)
    refused(broker.open(4, at=1), 0x84, 1)
    new = broker.client("new", at=1, username="u")
    assert new.connack.properties["maximum_qos"] == 0
    broker.client("elsewhere", 4).pinged()


@test
@config(listeners=two())
def other_addresses_or_mount_points_take_a_restart(broker):
    broker.reload(listeners=two(mount_point="x/"))
    assert broker.logged("a mount_point changed: that takes a restart")
    broker.reload(listeners=[LOCAL])
    assert broker.logged("listeners changed: that takes a restart")
    broker.client("still", at=1).pinged()


run(daemon.for_test)
