# SPDX-License-Identifier: Apache-2.0
"""flow.py - exchanges of QoS 1 and 2 step by step, and how many at once (MQTT 2.2.1, 4.3, 4.4, 4.9)"""
from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions
from lib.wait import wait_until


def lasting(broker, name, version=5, properties=None, **how):
    """A client whose session stays when it leaves."""
    if version == 5:
        properties = {"session_expiry_interval": 0xFFFFFFFF, **(properties or {})}
    return broker.open(version).connected(name, clean=False, properties=properties, **how)


def back(broker, client, name, properties=None):
    """The same after its connection was lost."""
    client.drop()
    return lasting(broker, name, client.version, properties, session_present=1)


def outlive(broker, seconds):
    """Waits until what expires in as many seconds has expired, by a retained message that does."""
    broker.client("clock-writer").published("clock", b"x", 1, retain=True,
                                            properties={"message_expiry_interval": seconds})
    reader = broker.client("clock-reader")

    def is_gone():
        reader.subscribed("clock")
        reader.send(p.PINGREQ_BYTES)
        return reader.receive().type == p.PINGRESP or not reader.receive()
    wait_until(is_gone, seconds + 5, "the end of a retained message")


# ---- to the client

@test
@versions(3, 4, 5)
@covers("MQTT-2.2.1-2", "MQTT-2.2.1-4", "MQTT-3.3.1-2", "MQTT-3.3.1-3", "MQTT-4.3.1-1", "MQTT-4.3.2-1", "MQTT-4.3.2-2",
        "MQTT-4.3.3-1", "MQTT-4.3.3-2", "MQTT-4.5.0-1",
        v311="MQTT-2.3.1-4 MQTT-2.3.1-5 MQTT-3.3.1-2 MQTT-3.3.1-3 MQTT-4.3.1-1 MQTT-4.3.2-1 MQTT-4.3.3-1 MQTT-4.5.0-1")
def what_is_sent_first_has_dup_0_and_an_identifier_of_its_own(broker, version):
    subscriber = broker.client("s", version)
    subscriber.subscribed("a", qos=2)
    publisher = broker.client("p", version)
    for i in range(18):     # the publisher's DUP is its own affair
        publisher.send(p.publish(version, "a", b"%d" % i, i % 3, i + 1 if i % 3 else None, dup=bool(i % 3)))
    got = [subscriber.expect_publish("a", b"%d" % i, qos=i % 3, dup=0) for i in range(18)]
    ids = [m.id for m in got if m.qos]
    assert len(set(ids)) == 12 and 0 not in ids, ids


@test
@versions(3, 4, 5)
@covers("MQTT-4.3.3-4", "MQTT-2.2.1-5", "MQTT-3.6.2-1", v311="MQTT-4.3.3-1 MQTT-2.3.1-6")
def qos_2_to_a_client_goes_step_by_step(broker, version):
    subscriber = broker.client("s", version)
    subscriber.subscribed("a", qos=2)
    broker.client("p", version).published("a", b"x", 2)
    id = subscriber.expect_publish("a", b"x", qos=2).id
    for _ in range(2):      # a PUBREC that comes again is answered again
        subscriber.ack(p.PUBREC, id)
        subscriber.expect(p.PUBREL, id=id, reason=0)
    subscriber.ack(p.PUBCOMP, id)
    subscriber.ack(p.PUBREC, id)
    subscriber.expect(p.PUBREL, id=id, reason=0x92 if version == 5 else 0)
    subscriber.expect_quiet()


@test
@versions(3, 4, 5)
@covers("MQTT-4.4.0-1", "MQTT-4.3.2-3", "MQTT-4.3.3-3", "MQTT-4.3.3-5", "MQTT-4.3.3-6",
        v311="MQTT-4.4.0-1 MQTT-4.3.2-1 MQTT-4.3.3-1")
def nothing_is_sent_again_but_after_a_reconnect(broker, version):
    client = lasting(broker, "c", version)
    client.subscribed("a", qos=2)
    other = broker.client("o", version)
    for qos in (1, 2, 2):
        other.published("a", b"%d" % qos, qos)
    one, two, released = (client.expect_publish("a", b"%d" % qos, qos=qos, dup=0) for qos in (1, 2, 2))
    client.ack(p.PUBREC, released.id)
    client.expect(p.PUBREL, id=released.id)
    for _ in range(20):
        other.published("b", b"", 1)
        client.expect_quiet()
    for _ in range(3):      # as often as it comes back without an answer
        client = back(broker, client, "c")
        client.expect_publish("a", b"1", id=one.id, qos=1, dup=1)
        client.expect_publish("a", b"2", id=two.id, qos=2, dup=1)
        client.expect(p.PUBREL, id=released.id, reason=0)
        client.expect_quiet()
    client.ack(p.PUBACK, one.id)
    client.ack(p.PUBREC, two.id)
    client.expect(p.PUBREL, id=two.id)
    client.ack(p.PUBCOMP, released.id)
    client = back(broker, client, "c")
    client.expect(p.PUBREL, id=two.id)
    client.ack(p.PUBCOMP, two.id)
    client.expect_quiet()
    back(broker, client, "c").expect_quiet()


@test
@covers("MQTT-4.4.0-2", "MQTT-3.3.4-9")
def what_a_client_refuses_is_not_sent_again_and_makes_room(broker):
    client = lasting(broker, "c", properties={"receive_maximum": 1})
    client.subscribed("a", qos=2)
    other = broker.client("o")
    for i in range(4):
        other.published("a", b"%d" % i, 1 + i % 2)
    client.ack(p.PUBACK, client.expect_publish("a", b"0").id, 0x80)
    client.ack(p.PUBREC, client.expect_publish("a", b"1").id, 0x97)
    client.ack(p.PUBACK, client.expect_publish("a", b"2").id, 0)
    last = client.expect_publish("a", b"3")
    client = back(broker, client, "c")
    client.ack(p.PUBREC, client.expect_publish("a", b"3", id=last.id, dup=1).id, 0x83)
    client.expect_quiet()
    back(broker, client, "c").expect_quiet()


@test
@covers("MQTT-4.3.3-7")
def what_was_sent_does_not_expire_any_more(broker):
    client = lasting(broker, "c", properties={"receive_maximum": 2})
    client.subscribed("a", qos=2)
    other = broker.client("o")
    for i in range(4):
        other.published("a", b"%d" % i, 1 + i % 2, properties={"message_expiry_interval": 1})
    first = [client.expect_publish("a", b"%d" % i) for i in range(2)]
    outlive(broker, 1)
    client = back(broker, client, "c", {"receive_maximum": 2})
    for i in range(2):      # those that waited are gone
        assert client.taken("a", b"%d" % i, id=first[i].id, dup=1).properties["message_expiry_interval"] == 0
    client.expect_quiet()


@test
@versions(3, 4, 5)
def acknowledgements_for_nothing_are_passed_over_and_wrong_ones_are_not(broker, version):
    client = broker.client("c", version)
    client.subscribed("a", qos=2)
    client.ack(p.PUBACK, 5)
    client.ack(p.PUBCOMP, 6)
    client.expect_quiet()
    broker.client("p", version).published("a", b"x", 2)
    id = client.expect_publish("a", b"x").id
    client.ack(p.PUBACK, id)        # of a QoS 2 message
    client.expect_closed(0x82)


@test
@covers("MQTT-3.4.2-1", "MQTT-3.5.2-1", "MQTT-3.6.2-1", "MQTT-3.7.2-1")
def reasons_that_a_packet_does_not_have_end_the_connection(broker):
    for kind, reason in ((p.PUBACK, 0x92), (p.PUBACK, 0x01), (p.PUBREC, 0x92), (p.PUBREL, 0x10), (p.PUBREL, 0x80),
                         (p.PUBCOMP, 0x87), (p.PUBCOMP, 0xFF)):
        client = broker.client("c")
        client.ack(kind, 1, reason)
        client.expect_closed(0x81, 0x82)


# ---- from the client

@test
@versions(3, 4, 5)
@covers("MQTT-3.3.4-1", "MQTT-2.2.1-5", "MQTT-4.3.2-5", "MQTT-4.3.3-12", "MQTT-3.4.2-1", "MQTT-3.5.2-1", "MQTT-3.7.2-1",
        v311="MQTT-3.3.4-1 MQTT-2.3.1-6 MQTT-4.3.2-2 MQTT-4.3.3-2 MQTT-2.3.1-1")
def each_quality_has_its_answer_and_then_the_identifier_is_free(broker, version):
    witness = broker.client("w", version)
    witness.subscribed("a", qos=2)
    client = broker.client("c", version)
    client.publish("a", b"0", 0)
    witness.taken("a", b"0")
    for i in range(4):
        client.send(p.publish(version, "a", b"1%d" % i, 1, 65535, dup=i > 1))
        client.expect(p.PUBACK, id=65535, reason=0)
        witness.taken("a", b"1%d" % i)
    for i in range(4):
        client.send(p.publish(version, "a", b"2%d" % i, 2, 65535, dup=i > 1))
        client.expect(p.PUBREC, id=65535, reason=0)
        client.ack(p.PUBREL, 65535)
        client.expect(p.PUBCOMP, id=65535, reason=0)
        witness.taken("a", b"2%d" % i)


@test
@config(limits={"max_retained_messages": 1})
@covers("MQTT-4.3.3-9")
def after_a_refusal_the_identifier_is_a_new_message(broker):
    client = broker.client("c")
    client.subscribed("b", qos=2)
    client.published("a", b"kept", 1, retain=True)
    client.publish("b", b"no room", 2, id=7, retain=True)
    client.expect(p.PUBREC, id=7, reason=0x97)
    client.publish("b", b"room", 2, id=7)
    client.expect_publish("b", b"room")
    client.expect(p.PUBREC, id=7, reason=0)
    client.ack(p.PUBREL, 7)
    client.expect(p.PUBCOMP, id=7, reason=0)
    client.ack(p.PUBREL, 7)
    client.expect(p.PUBCOMP, id=7, reason=0x92)


@test
@covers("MQTT-4.3.3-13")
def the_exchange_goes_on_when_the_message_has_expired(broker):
    client = broker.client("c")
    client.publish("a", b"x", 2, id=7, properties={"message_expiry_interval": 1})
    client.expect(p.PUBREC, id=7)
    outlive(broker, 1)
    client.send(p.publish(5, "a", b"x", 2, 7, dup=True, properties={"message_expiry_interval": 1}))
    client.expect(p.PUBREC, id=7)
    client.ack(p.PUBREL, 7)
    client.expect(p.PUBCOMP, id=7, reason=0)


# ---- how many at once

@test
@covers("MQTT-4.9.0-1", "MQTT-4.9.0-2", "MQTT-4.9.0-3", "MQTT-3.3.4-9", "MQTT-3.3.4-10")
def with_the_quota_used_up_everything_else_goes_on(broker):
    client = broker.client("c", properties={"receive_maximum": 1})
    client.subscribed("a", qos=2)
    other = broker.client("o")
    other.published("a", b"1", 2)
    other.published("a", b"2", 1)
    first = client.expect_publish("a", b"1")
    other.publish("a", b"QoS 0")
    client.expect_publish("a", b"QoS 0", qos=0)
    client.subscribed("b", qos=1)
    client.unsubscribed("b")
    for qos in (1, 2):
        client.published("c", b"x", qos)
    client.ack(p.PUBREC, first.id)
    client.expect(p.PUBREL, id=first.id)
    client.expect_quiet()           # PUBREC does not raise the quota, PUBCOMP does
    client.ack(p.PUBCOMP, first.id)
    client.taken("a", b"2")


@test
@covers("MQTT-3.3.4-10", "MQTT-4.9.0-1", "MQTT-4.4.0-1")
def releases_do_not_wait_for_the_quota_of_a_new_connection(broker):
    client = lasting(broker, "c")
    client.subscribed("a", qos=2)
    other = broker.client("o")
    for i in range(6):
        other.published("a", b"%d" % i, 2)
    ids = [client.expect_publish("a", b"%d" % i).id for i in range(6)]
    for id in ids[2:5]:
        client.ack(p.PUBREC, id)
        client.expect(p.PUBREL, id=id)
    client = back(broker, client, "c", {"receive_maximum": 1})
    client.expect_publish("a", b"0", id=ids[0], dup=1)
    for id in ids[2:5]:
        client.expect(p.PUBREL, id=id)
    client.expect_quiet()
    for id in ids[2:5]:
        client.ack(p.PUBCOMP, id)
    client.expect_quiet()           # they took nothing of the quota and give nothing back
    for i in (0, 1, 5):
        if i:
            client.expect_publish("a", b"%d" % i, id=ids[i], dup=1)
        client.ack(p.PUBREC, ids[i])
        client.expect(p.PUBREL, id=ids[i])
        client.ack(p.PUBCOMP, ids[i])
    client.expect_quiet()


@test
@config(limits={"receive_maximum": 3})
@covers("MQTT-3.3.4-7", "MQTT-4.9.0-1")
def the_brokers_quota_begins_anew_with_each_connection(broker):
    client = lasting(broker, "c")
    for id in (1, 2, 3):
        client.publish("a", b"x", 2, id=id)
        client.expect(p.PUBREC, id=id)
    client.publish("a", b"x", 2, id=1)      # again: it is counted already
    client.expect(p.PUBREC, id=1)
    client = back(broker, client, "c")
    for id in (4, 5, 2):
        client.publish("a", b"x", 2, id=id)
        client.expect(p.PUBREC, id=id)
    for id in (1, 2, 3):
        client.ack(p.PUBREL, id)
        client.expect(p.PUBCOMP, id=id, reason=0)
    client.publish("a", b"x", 2, id=6)      # only 2 was of this connection
    client.expect(p.PUBREC, id=6)
    client.publish("a", b"x", 2, id=7)
    client.expect_closed(0x93)


@test
@versions(3, 4)
@config(limits={"receive_maximum": 3})
def a_client_that_is_not_told_of_a_quota_has_none(broker, version):
    client = broker.client("c", version)
    for id in range(1, 11):
        client.publish("a", b"x", 2, id=id)
    for id in range(1, 11):
        client.expect(p.PUBREC, id=id)


@test
@versions(3, 4, 5)
@config(limits={"max_inflight": 2, "queue_qos0": True})
@covers("MQTT-4.6.0-5", "MQTT-4.6.0-6", v311="MQTT-4.6.0-5 MQTT-4.6.0-6 MQTT-4.6.0-1")
def what_waited_comes_before_what_comes_now(broker, version):
    client = lasting(broker, "c", version)
    client.subscribed("a/#", qos=2)
    other = broker.client("o", version)
    for i in range(3):
        other.published("a/1", b"%d" % i, 1)
    for i in range(2):
        client.expect_publish("a/1", b"%d" % i)
    client.disconnect()
    for i in range(3):
        for qos in (0, 1, 2):
            other.published("a/%d" % qos, b"absent %d" % i, qos)
    client = lasting(broker, "c", version, session_present=1)
    for qos in (0, 1, 2):
        other.published("a/%d" % qos, b"now", qos)
    got = []
    while len(got) < 3 + 9 + 3:
        packet = client.receive()
        if packet.type == p.PUBREL:
            client.ack(p.PUBCOMP, packet.id)
            continue
        assert packet.type == p.PUBLISH and packet.dup == (len(got) < 2)
        got.append((packet.topic, packet.payload))
        if packet.qos:
            client.ack(p.PUBACK if packet.qos == 1 else p.PUBREC, packet.id)
    for qos in (0, 1, 2):
        mine = [payload for topic, payload in got if topic == "a/%d" % qos]
        assert mine == [b"0", b"1", b"2"] * (qos == 1) + [b"absent 0", b"absent 1", b"absent 2", b"now"], mine


run(given=daemon.for_test)
