# SPDX-License-Identifier: Apache-2.0
"""session.py - what outlives a connection (MQTT 3.1.2.4, 4.1, 4.4, 4.6)"""
from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions
from lib.wait import wait_until

FOREVER = {"session_expiry_interval": 0xFFFFFFFF}


def lasting(broker, name, version=5, **how):
    """A client whose session stays when it leaves."""
    properties = FOREVER if version == 5 else None
    return broker.open(version).connected(name, clean=False, properties=properties, **how)


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-5", "MQTT-3.2.2-3", "MQTT-3.2.2-2", v311="MQTT-3.1.2-4 MQTT-3.2.2-2 MQTT-3.2.2-3")
def a_session_is_resumed_with_its_subscriptions_and_what_waited(broker, version):
    client = lasting(broker, "back", version)
    client.subscribed("a/#", qos=1)
    client.disconnect()
    other = broker.client("other", version)
    for i in range(5):
        other.published("a/b", b"%d" % i, 1)
    client = lasting(broker, "back", version, session_present=1)
    for i in range(5):
        client.taken("a/b", b"%d" % i, qos=1)
    other.published("a/c", b"live", 1)
    client.taken("a/c", b"live")


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-4", "MQTT-3.2.2-2", v311="MQTT-3.1.2-6 MQTT-3.2.2-1")
def a_clean_start_forgets_the_session(broker, version):
    client = lasting(broker, "clean", version)
    client.subscribed("a/#", qos=1)
    client.disconnect()
    broker.client("other", version).published("a/b", b"lost", 1)
    client = broker.open(version).connected("clean", clean=True, session_present=0)
    broker.client("another", version).published("a/b", b"lost too", 1)
    client.expect_quiet()


@test
@covers("MQTT-3.1.2-23")
def a_session_without_expiry_interval_ends_with_its_connection(broker):
    client = broker.open().connected("short", clean=False)
    client.subscribed("a/#", qos=1)
    client.drop()

    def is_gone():
        again = broker.open()
        again.connect("short", clean=False)
        present = again.expect(p.CONNACK).session_present
        again.drop()
        return not present
    wait_until(is_gone, 5, "the end of the session")


@test
@covers("MQTT-3.1.2-23")
def a_session_ends_when_its_expiry_interval_is_over(broker):
    client = broker.open().connected("brief", clean=False, properties={"session_expiry_interval": 1})
    client.subscribed("a/#", qos=1)
    client.disconnect()
    other = broker.client("other")
    wait_until(lambda: other.published("a/b", b"", 1).reason == 0x10, 5, "the end of its subscription")


@test
@covers("MQTT-3.14.2-2", "MQTT-3.1.2-23")
def disconnect_may_lengthen_or_end_a_session_but_not_make_one(broker):
    client = lasting(broker, "ended")
    client.disconnect(0, {"session_expiry_interval": 0})
    broker.open().connected("ended", clean=False, session_present=0).drop()
    client = broker.open().connected("made", clean=False)
    client.send(p.disconnect(5, 0, {"session_expiry_interval": 10}))
    client.expect_closed(0x82)


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.4-3", "MQTT-3.14.4-1", "MQTT-3.14.4-2", "MQTT-3.14.2-1", "MQTT-3.14.2-2", v311="MQTT-3.1.4-2")
def a_newer_connection_of_the_same_client_takes_over(broker, version):
    first = lasting(broker, "twice", version)
    first.subscribed("a", qos=1)
    second = lasting(broker, "twice", version, session_present=1)
    first.expect_closed(*([0x8E] if version == 5 else []))
    broker.client("other", version).published("a", b"x", 1)
    second.taken("a", b"x")


@test
@versions(3, 4, 5)
@covers("MQTT-4.4.0-1", "MQTT-3.3.1-1", v311="MQTT-4.4.0-1 MQTT-3.3.1-1 MQTT-4.6.0-1")
def what_was_not_acknowledged_is_sent_again_in_order(broker, version):
    client = lasting(broker, "again", version)
    client.subscribed("a", qos=2)
    other = broker.client("other", version)
    for i in range(4):
        other.published("a", b"%d" % i, 1 + i % 2)
    first = [client.expect_publish("a", b"%d" % i, dup=0) for i in range(4)]
    client.ack(p.PUBREC, first[1].id)               # the second is received, not complete
    client.expect(p.PUBREL, id=first[1].id)
    client.drop()
    client = lasting(broker, "again", version, session_present=1)
    client.expect_publish("a", b"0", id=first[0].id, dup=1, qos=1)
    client.expect(p.PUBREL, id=first[1].id)
    client.expect_publish("a", b"2", id=first[2].id, dup=1, qos=1)
    client.expect_publish("a", b"3", id=first[3].id, dup=1, qos=2)


@test
@versions(3, 4, 5)
@covers("MQTT-4.3.3-10", "MQTT-4.3.3-12", v311="MQTT-4.3.3-2")
def a_qos_2_message_sent_again_after_a_reconnect_is_published_once(broker, version):
    witness = broker.client("witness", version)
    witness.subscribed("a", qos=2)
    client = lasting(broker, "sender", version)
    client.publish("a", b"once", 2, id=7)
    client.expect_ack(p.PUBREC, 7)
    witness.taken("a", b"once")
    client.drop()
    client = lasting(broker, "sender", version, session_present=1)
    client.send(p.publish(version, "a", b"once", 2, 7, dup=True))
    client.expect(p.PUBREC, id=7)
    client.ack(p.PUBREL, 7)
    client.expect(p.PUBCOMP, id=7, reason=0)
    witness.expect_quiet()


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-6", "MQTT-3.1.3-2", "MQTT-4.5.0-1", v311="MQTT-3.1.2-5 MQTT-3.1.3-2 MQTT-4.5.0-1")
def each_client_identifier_has_a_session_of_its_own(broker, version):
    names = ("id", "ID", "id ", "i", "idd")
    for name in names:
        client = lasting(broker, name, version)
        client.subscribed("to/" + name, "all", qos=2)
        client.disconnect()
    other = broker.client("other", version)
    for name in names:
        other.published("to/" + name, name.encode(), 1)
    other.published("all", b"x", 2)
    other.published("all", b"not kept", 0)
    for name in names:
        client = lasting(broker, name, version, session_present=1)
        client.taken("to/" + name, name.encode(), qos=1)
        client.taken("all", b"x", qos=2)
        client.expect_quiet()


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-4", "MQTT-3.1.4-4", "MQTT-3.2.2-2", "MQTT-3.2.2-3", "MQTT-3.2.2-1",
        v311="MQTT-3.1.2-6 MQTT-3.1.4-3 MQTT-3.2.2-1 MQTT-3.2.2-2 MQTT-3.2.2-3")
def a_clean_start_ends_what_is_in_flight_both_ways(broker, version):
    client = lasting(broker, "c", version)
    client.subscribed("a", qos=2)
    other = broker.client("other", version)
    witness = broker.client("witness", version)
    witness.subscribed("b", qos=2)
    other.published("a", b"x", 2)
    client.expect_publish("a", b"x")
    client.publish("b", b"1", 2, id=5)
    client.expect(p.PUBREC, id=5)
    witness.taken("b", b"1")
    client.drop()
    client = broker.open(version).connected("c", clean=True)
    client.expect_quiet()
    client.publish("b", b"2", 2, id=5)
    client.expect(p.PUBREC, id=5)
    witness.taken("b", b"2")


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-4", "MQTT-4.1.0-2", v311="MQTT-3.1.2-6 MQTT-4.1.0-2")
def a_session_of_a_clean_start_ends_with_its_connection(broker, version):
    client = broker.open(version).connected("c", clean=True)
    client.subscribed("a", qos=1)
    client.disconnect()
    broker.client("other", version).published("a", b"x", 1)
    lasting(broker, "c", version).expect_quiet()


@test
@covers("MQTT-4.1.0-1", "MQTT-4.1.0-2", v311="MQTT-4.1.0-1 MQTT-4.1.0-2")
def while_its_connection_is_open_a_session_does_not_expire(broker):
    short = broker.client("short", properties={"session_expiry_interval": 1})
    short.subscribed("a", qos=1)
    gone = broker.client("gone", properties={"session_expiry_interval": 1})
    gone.subscribed("b", qos=1)
    gone.disconnect()
    other = broker.client("other")
    wait_until(lambda: other.published("b", b"", 1).reason == 0x10, 10, "the end of the other session")
    other.published("a", b"x", 1)
    short.taken("a", b"x")
    short.drop()
    broker.open().connected("short", clean=False, session_present=1)


@test
@covers("MQTT-3.1.2-23", "MQTT-4.1.0-2")
def a_goodbye_may_lengthen_or_shorten_what_is_left(broker):
    other = broker.client("other")
    for first, then in ((1, 60), (60, 1)):
        client = broker.client("c", properties={"session_expiry_interval": first})
        client.subscribed("a/%d" % then, qos=1)
        client.disconnect(0, {"session_expiry_interval": then})
    wait_until(lambda: other.published("a/1", b"", 1).reason == 0x10, 10, "the end of its subscription")
    broker.open().connected("c", clean=False, session_present=0)
    client = broker.client("d", properties={"session_expiry_interval": 1})
    client.disconnect(0, {"session_expiry_interval": 60})
    client = broker.client("e", properties={"session_expiry_interval": 1})
    client.subscribed("e", qos=1)
    client.disconnect()
    wait_until(lambda: other.published("e", b"", 1).reason == 0x10, 10, "the end of a shorter one")
    broker.open().connected("d", clean=False, session_present=1)


@test
@config(limits={"session_expiry_max": "1s"})
@covers("MQTT-3.1.2-23")
def a_session_lasts_as_long_as_the_broker_allows_and_the_client_is_told(broker):
    other = broker.client("other")
    for wanted, told in ((0xFFFFFFFF, 1), (2, 1), (1, None), (0, None)):
        client = broker.client("c", properties={"session_expiry_interval": wanted})
        assert client.connack.properties.get("session_expiry_interval") == told
    client = broker.open(4).connected("old", clean=False)
    client.subscribed("a", qos=1)
    client.disconnect()
    wait_until(lambda: other.published("a", b"", 1).reason == 0x10, 10, "the end of the session of MQTT 3.1.1")


@test
@config(limits={"max_queued_messages": 3})
def a_full_queue_drops_the_newest(broker):
    client = lasting(broker, "full")
    client.subscribed("a", qos=1)
    client.disconnect()
    other = broker.client("other")
    for i in range(6):
        other.published("a", b"%d" % i, 1)
    client = lasting(broker, "full", session_present=1)
    for i in range(3):
        client.taken("a", b"%d" % i)
    client.expect_quiet()
    assert broker.logged("queue full: client=full"), "a limit that bites says so"


@test
@config(limits={"max_queued_messages": 3, "drop_policy": "oldest"})
def a_full_queue_may_drop_the_oldest(broker):
    client = lasting(broker, "full")
    client.subscribed("a", qos=1)
    client.disconnect()
    other = broker.client("other")
    for i in range(6):
        other.published("a", b"%d" % i, 1)
    client = lasting(broker, "full", session_present=1)
    for i in range(3, 6):
        client.taken("a", b"%d" % i)
    client.expect_quiet()


@test
def qos_0_does_not_wait_for_an_absent_client(broker):
    client = lasting(broker, "away")
    client.subscribed("a", qos=1)
    client.disconnect()
    broker.client("other").published("a", b"", 0)
    lasting(broker, "away", session_present=1).expect_quiet()


run(given=daemon.for_test)
