# SPDX-License-Identifier: Apache-2.0
"""will.py - what a client leaves to be said, and signs of life (MQTT 3.1.2.5, 3.1.2.10, 3.14)"""
from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions


def witness_of(broker, *topics):
    witness = broker.client("witness")
    witness.subscribed(*topics, qos=1)
    return witness


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-8", "MQTT-3.1.2-7", v311="MQTT-3.1.2-8 MQTT-3.1.2-9")
def a_lost_connection_publishes_the_will(broker, version):
    witness = witness_of(broker, "will")
    client = broker.client("c", version, will=p.Will("will", b"gone", 1))
    client.drop()
    witness.taken("will", b"gone", qos=1)


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-10", "MQTT-3.14.4-3", v311="MQTT-3.1.2-10 MQTT-3.14.4-3")
def a_normal_disconnect_does_not(broker, version):
    witness = witness_of(broker, "will")
    client = broker.client("c", version, will=p.Will("will", b"gone", 1))
    client.disconnect()
    witness.expect_quiet()


@test
def disconnect_with_will_does(broker):
    witness = witness_of(broker, "will")
    client = broker.client("c", will=p.Will("will", b"gone", 1))
    client.disconnect(0x04)
    witness.taken("will", b"gone")


@test
@covers("MQTT-3.1.2-14", "MQTT-3.1.2-15", v311="MQTT-3.1.2-16 MQTT-3.1.2-17")
def a_will_may_be_retained(broker):
    witness = witness_of(broker, "will")
    broker.client("c", will=p.Will("will", b"gone", 1, retain=True)).drop()
    witness.taken("will", b"gone", retain=0)
    late = broker.client("late")
    late.subscribed("will")
    late.expect_publish("will", b"gone", retain=1)


@test
@covers("MQTT-3.1.3-9", "MQTT-3.1.3-10")
def a_delayed_will_waits_and_is_dropped_when_its_client_is_back(broker):
    witness = witness_of(broker, "will/#")
    long = {"session_expiry_interval": 60}
    back = broker.open().connected("back", clean=False, properties=long,
                                   will=p.Will("will/back", b"", 1, properties={"will_delay_interval": 1}))
    gone = broker.open().connected("gone", clean=False, properties=long,
                                   will=p.Will("will/gone", b"", 1, properties={"will_delay_interval": 1,
                                                                                "content_type": "t"}))
    back.drop()
    gone.drop()
    witness.expect_quiet()
    broker.open().connected("back", clean=False, properties=long, session_present=1)
    assert witness.taken("will/gone", b"").properties == {"content_type": "t"}
    witness.expect_quiet()


@test
@covers("MQTT-3.1.3-9")
def the_end_of_the_session_does_not_wait_for_the_delay(broker):
    witness = witness_of(broker, "will")
    client = broker.client("c", will=p.Will("will", b"x", 1, properties={"will_delay_interval": 60}))
    client.drop()       # without expiry interval the session ends here
    witness.taken("will", b"x")


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-8", "MQTT-3.1.2-14", v311="MQTT-3.1.2-8 MQTT-3.1.2-16")
def whoever_breaks_the_rules_has_its_will_published(broker, version):
    witness = witness_of(broker, "will", "end")
    for packet in (p.raw(0), p.publish(version, "#", b"x"), p.connect(version, "c"), p.raw(p.DISCONNECT << 4 | 1)):
        client = broker.client("c", version, will=p.Will("will", b"gone", 1))
        client.send(packet)
        client.expect_closed(0x81, 0x82, 0x90)
        witness.taken("will", b"gone", retain=0)
    late = broker.client("late", version)
    late.subscribed("will")
    late.expect_quiet()


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-8", "MQTT-3.1.4-3", v311="MQTT-3.1.2-8 MQTT-3.1.4-2")
def a_takeover_publishes_a_will_without_delay(broker, version):
    witness = witness_of(broker, "will")
    lasting = {"session_expiry_interval": 60} if version == 5 else None
    for clean in (False, True):
        broker.open(version).connected("c", clean=True, properties=lasting, will=p.Will("will", b"old", 1))
        again = broker.open(version)
        again.connect("c", clean=clean, properties=lasting, will=p.Will("will", b"new", 1))
        again.expect(p.CONNACK, reason=0)
        witness.taken("will", b"old")
        witness.expect_quiet()
        again.disconnect()      # takes the new one back
        witness.expect_quiet()


@test
@covers("MQTT-3.1.2-8", "MQTT-3.1.3-9")
def a_takeover_publishes_a_delayed_will_if_it_ends_the_session(broker):
    """Not if the session goes on: then the client is back in time."""
    witness = witness_of(broker, "will")
    for expiry, clean, is_due in ((60, False, False), (60, True, True), (0, False, True), (0, True, True)):
        will = p.Will("will", b"%d %d" % (expiry, clean), 1, properties={"will_delay_interval": 30})
        broker.open().connected("c", clean=True, properties={"session_expiry_interval": expiry}, will=will)
        again = broker.open().connected("c", clean=clean, session_present=int(not is_due))
        if is_due:
            witness.taken("will", b"%d %d" % (expiry, clean))
        witness.expect_quiet()
        again.disconnect()


@test
@covers("MQTT-3.1.2-8", "MQTT-4.1.0-2")
def a_session_that_expires_does_not_wait_for_the_delay_either(broker):
    witness = witness_of(broker, "will")
    client = broker.client("c", properties={"session_expiry_interval": 1},
                           will=p.Will("will", b"x", 1, properties={"will_delay_interval": 60}))
    client.drop()
    witness.expect_quiet()
    witness.taken("will", b"x", timeout=10)
    broker.open().connected("c", clean=False).pinged()


@test
@covers("MQTT-3.1.2-8", "MQTT-3.14.4-3")
def a_goodbye_may_end_the_session_and_ask_for_the_will(broker):
    witness = witness_of(broker, "will")
    delayed = p.Will("will", b"x", 1, properties={"will_delay_interval": 60})
    for reason, expiry, is_due in ((0x04, 0, True), (0x04, 60, False), (0x80, 0, True), (0, 0, False)):
        client = broker.client("c%d%d" % (reason, expiry), properties={"session_expiry_interval": 30}, will=delayed)
        client.disconnect(reason, {"session_expiry_interval": expiry})
        if is_due:
            witness.taken("will", b"x")
        witness.expect_quiet()


@test
@covers("MQTT-3.1.3-10", "MQTT-3.1.2-9", "MQTT-3.3.2-17")
def a_will_has_properties_like_any_message(broker):
    witness = witness_of(broker, "will")
    properties = {"payload_format_indicator": 1, "content_type": "t", "response_topic": "r", "correlation_data": b"\0",
                  "user_property": [("b", "1"), ("a", "2"), ("b", "1"), ("", "")]}
    will = p.Will("will", b"x", 2, properties={**properties, "message_expiry_interval": 100, "will_delay_interval": 0})
    broker.client("c", will=will).drop()
    assert witness.taken("will", b"x", qos=1).properties == {**properties, "message_expiry_interval": 100}


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-10", v311="MQTT-3.1.2-10 MQTT-3.1.2-12")
def a_will_is_published_once_and_a_client_without_one_leaves_none(broker, version):
    witness = witness_of(broker, "will")
    lasting = {"session_expiry_interval": 60} if version == 5 else None
    broker.open(version).connected("c", clean=False, properties=lasting, will=p.Will("will", b"x", 1)).drop()
    witness.taken("will", b"x")
    for _ in range(2):
        broker.open(version).connected("c", clean=False, properties=lasting, session_present=1).drop()
    broker.open(version).connected("c", clean=True).drop()
    witness.expect_quiet()


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-22", v311="MQTT-3.1.2-24")
def a_silent_client_is_closed_after_one_and_a_half_keep_alives(broker, version):
    witness = witness_of(broker, "will")
    client = broker.client("c", version, keep_alive=1, will=p.Will("will", b"silent", 1))
    client.expect_closed(*([0x8D] if version == 5 else []), timeout=6)
    witness.taken("will", b"silent")


@test
@config(limits={"keep_alive_max": "1s"})
@covers("MQTT-3.1.2-21", "MQTT-3.2.2-21", "MQTT-3.2.2-22", "MQTT-3.1.2-22")
def a_keep_alive_that_the_broker_gives_is_the_one_that_counts(broker):
    """Also for who wanted none; a shorter one stays as it was."""
    for wanted, given in ((0, 1), (60, 1), (1, None)):
        client = broker.client("c", keep_alive=wanted)
        assert client.connack.properties.get("server_keep_alive") == given
        client.expect_closed(0x8D, timeout=6)


@test
@covers("MQTT-3.1.2-22", "MQTT-3.12.4-1", v311="MQTT-3.12.4-1")
def any_packet_keeps_a_client_alive(broker):
    client = broker.client("c", keep_alive=1)
    other = broker.client("o", keep_alive=1)
    for _ in range(3):      # a second each: longer than the keep alive in all
        try:
            client.fill(1, __import__("time").monotonic() + 0.9)
        except AssertionError:
            pass
        client.pinged()
        other.published("a", b"", 0)
    client.disconnect()


@test
@versions(3, 4, 5)
def a_stopping_broker_says_goodbye_and_publishes_wills(broker, version):
    client = broker.client("c", version)
    broker.stop()
    client.expect_closed(*([0x8B] if version == 5 else []))


run(given=daemon.for_test)
