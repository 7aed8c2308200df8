# SPDX-License-Identifier: Apache-2.0
"""share.py - shared subscriptions, and what becomes of messages whose member leaves (MQTT 4.8.2)"""
from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions, within
from lib.tiny import counted, plugins, section
from lib.wait import wait_until

FILTER = "$share/g/a/#"


def member(broker, name, version=5, expiry=60, qos=2, present=0, **properties):
    properties = {"session_expiry_interval": expiry, **properties} if version == 5 else None
    client = broker.open(version).connected(name, clean=False, properties=properties, session_present=present)
    if not present:
        client.subscribed(FILTER, qos=qos)
    return client


def drained(*clients):
    """What each has got before the answer to a ping."""
    got = []
    for client in clients:
        client.send(p.PINGREQ_BYTES)
        mine = []
        while (packet := client.receive()).type != p.PINGRESP:
            mine.append(packet)
        got.append(mine)
    return got


def gathered(n, *clients):
    """What each has got when it is `n` messages in all."""
    found = [[] for _ in clients]

    def is_complete():
        for mine, more in zip(found, drained(*clients)):
            mine += more
        return sum(map(len, found)) >= n
    wait_until(is_complete, 5, lambda: "%d messages, not %s" % (n, found))
    assert sum(map(len, found)) == n, found
    return found


def first_of(*clients):
    """Who got the only message there is, that message, and who did not."""
    found = gathered(1, *clients)
    winner = next(i for i, mine in enumerate(found) if mine)
    return clients[winner], found[winner][0], [c for c in clients if c is not clients[winner]]


# ---- who gets it, and how

@test
@covers("MQTT-4.8.2-3")
def each_member_gets_the_quality_it_was_granted(broker):
    members = [member(broker, "m%d" % qos, qos=qos) for qos in (0, 1, 2)]
    publisher = broker.client("p")
    for i in range(9):
        publisher.published("a", b"%d" % i, 2)
    for qos, mine in enumerate(gathered(9, *members)):
        assert [m.qos for m in mine] == [qos] * 3, mine


@test
@covers("MQTT-3.3.4-5", "MQTT-3.3.4-3")
def every_group_and_every_plain_subscription_gets_a_copy_with_its_own_identifier(broker):
    client = broker.client("c")
    for id, name in enumerate(("$share/g/a/#", "$share/h/a/b", "a/+", "$share/g/+/b"), 1):
        client.subscribed(name, qos=1, properties={"subscription_identifier": [id]})
    broker.client("p").published("a/b", b"x", 1)
    ids = sorted(client.taken("a/b", b"x").properties["subscription_identifier"] for _ in range(4))
    assert ids == [[1], [2], [3], [4]], ids
    client.expect_quiet()


@test
@versions(3, 4)
def members_of_mqtt_3_take_their_turns(broker, version):
    members = [member(broker, "m%d" % v, v, qos=1) for v in (version, 5)]
    publisher = broker.client("p", version)
    for i in range(10):
        publisher.published("a", b"%d" % i, 1)
    for client in members:
        for _ in range(5):
            client.ack(p.PUBACK, client.expect(p.PUBLISH).id)


@test
def a_member_that_unsubscribes_gets_no_more(broker):
    stays, goes = member(broker, "stays", qos=0), member(broker, "goes", qos=0)
    goes.unsubscribed(FILTER)
    publisher = broker.client("p")
    for i in range(6):
        publisher.published("a", b"%d" % i, 1)
    for i in range(6):
        stays.expect_publish("a", b"%d" % i)
    goes.expect_quiet()


@test
def subscribing_again_changes_the_terms_of_a_member(broker):
    client = member(broker, "m", qos=0)
    client.subscribed(FILTER, qos=1, properties={"subscription_identifier": [9]})
    broker.client("p").published("a", b"x", 2)
    assert client.taken("a", b"x", qos=1).properties == {"subscription_identifier": [9]}
    client.expect_quiet()


# ---- a member leaves

@test
@covers("MQTT-4.8.2-6", "MQTT-4.4.0-2")
def what_a_member_refuses_goes_to_nobody_else(broker):
    members = [member(broker, "m%d" % i) for i in range(3)]
    for qos, kind in ((1, p.PUBACK), (2, p.PUBREC)):
        broker.client("p").published("a", b"x", qos)
        chosen, message, others = first_of(*members)
        chosen.ack(kind, message.id, 0x80)
        assert drained(*members) == [[], [], []]
    chosen.disconnect(0, {"session_expiry_interval": 0})
    assert drained(*others) == [[], []]


@test
@covers("MQTT-4.8.2-4")
def qos_2_that_has_begun_is_completed_when_the_member_is_back(broker):
    members = [member(broker, "m%d" % i) for i in range(2)]
    broker.client("p").published("a", b"x", 2)
    chosen, message, (other,) = first_of(*members)
    name = "m%d" % members.index(chosen)
    chosen.drop()
    other.expect_quiet()
    chosen = member(broker, name, present=1)
    chosen.expect_publish("a", b"x", id=message.id, dup=1, qos=2)
    chosen.ack(p.PUBREC, message.id)
    chosen.expect(p.PUBREL, id=message.id)
    chosen.drop()
    chosen = member(broker, name, present=1)
    chosen.expect(p.PUBREL, id=message.id)
    chosen.ack(p.PUBCOMP, message.id)
    chosen.expect_quiet()
    other.expect_quiet()


@test
@covers("MQTT-4.8.2-5")
def qos_2_that_has_begun_ends_with_the_session(broker):
    members = [member(broker, "m%d" % i) for i in range(3)]
    broker.client("p").published("a", b"x", 2)
    chosen, _, others = first_of(*members)
    chosen.disconnect(0, {"session_expiry_interval": 0})
    broker.client("p").published("a", b"behind", 1)
    _, message, _ = first_of(*others)
    assert message.payload == b"behind"


@test
@versions(3, 4, 5)
def qos_1_without_an_answer_goes_to_another_when_the_session_ends(broker, version):
    """By DISCONNECT, by its connection, by a clean start: in the end the last member has it all."""
    clients = {name: member(broker, name, version, expiry=60) for name in ("disconnects", "cleans", "stays")}
    publisher = broker.client("p", version)
    for i in range(9):
        publisher.published("a", b"%d" % i, 1)
    *_, mine = gathered(9, *clients.values())
    got = {message.payload: message.id for message in mine}
    for name in ("disconnects", "cleans"):
        if name == "disconnects" and version == 5:
            clients[name].disconnect(0, {"session_expiry_interval": 0})
        else:
            clients[name].drop()
            broker.open(version).connected(name, clean=True).disconnect()

    def is_complete():
        for message in drained(clients["stays"])[0]:
            assert message.dup == 0, message
            got[message.payload] = message.id
        return len(got) == 9
    wait_until(is_complete, 5, "all nine messages")
    assert len(set(got.values())) == 9


@test
@config(limits={"max_inflight": 1})
def what_a_member_was_not_sent_yet_goes_to_another_whatever_its_quality(broker):
    leaves, stays = member(broker, "leaves"), broker.client("stays")
    publisher = broker.client("p")
    for i in range(4):
        publisher.published("a", b"%d" % i, 1 + i % 2)
    leaves.expect_publish("a", b"0")        # the others wait
    stays.subscribed(FILTER, qos=2)
    leaves.disconnect(0, {"session_expiry_interval": 0})
    for i in range(4):
        stays.taken("a", b"%d" % i, qos=1 + i % 2, dup=0)


@test
def a_session_that_expires_leaves_its_messages_to_the_others(broker):
    leaves = member(broker, "leaves", expiry=1)
    publisher = broker.client("p")
    for i in range(3):
        publisher.published("a", b"%d" % i, 1)
    gathered(3, leaves)
    leaves.disconnect()
    for i in range(3, 5):
        publisher.published("a", b"%d" % i, 1)      # there is nobody else: they wait
    stays = broker.client("stays")
    stays.subscribed(FILTER, "plain", qos=1)
    for i in range(5):
        stays.taken("a", b"%d" % i, timeout=10)
    stays.expect_quiet()


@test
def only_the_groups_own_messages_go_on(broker):
    """Of two groups each gets its own; what came by a plain subscription ends with the session."""
    leaves = member(broker, "leaves")
    leaves.subscribed("$share/h/a/#", "a/+", qos=1)
    publisher = broker.client("p")
    publisher.published("a/b", b"x", 1)
    gathered(3, leaves)
    of_g, of_h = broker.client("g"), broker.client("h")
    of_g.subscribed(FILTER, qos=1, properties={"subscription_identifier": [1]})
    of_h.subscribed("$share/h/a/#", qos=0, properties={"subscription_identifier": [2]})
    leaves.disconnect(0, {"session_expiry_interval": 0})
    assert of_g.taken("a/b", b"x", qos=1).properties == {"subscription_identifier": [1]}
    assert of_h.taken("a/b", b"x", qos=0).properties == {"subscription_identifier": [2]}
    of_g.expect_quiet()
    of_h.expect_quiet()


# ---- the last member leaves

def publish_numbers(client, first, n):
    """`n` messages of QoS 1 and 2 by turns, numbered from `first`."""
    for i in range(first, first + n):
        client.published("a", b"%d" % i, 1 + i % 2)


def expect_all(client, n, again):
    """`n` messages by turns of QoS 1 and 2, the first ones again, and nothing else."""
    n_released = 0
    for i in range(n):
        packet = client.receive()
        while packet.type == p.PUBREL:
            client.ack(p.PUBCOMP, packet.id)
            n_released += 1
            packet = client.receive()
        assert (packet.payload, packet.qos, packet.dup) == (b"%d" % i, 1 + i % 2, i < again), packet
        client.ack(p.PUBACK if packet.qos == 1 else p.PUBREC, packet.id)
    while n_released < n // 2:
        client.ack(p.PUBCOMP, client.expect(p.PUBREL).id)
        n_released += 1
    client.expect_quiet()


@test
@versions(3, 4, 5)
@config(limits={"max_inflight": 4})
@covers("MQTT-4.8.2-4")
def the_only_member_gets_all_of_it_when_it_is_back(broker, version):
    """What it was sent, what waited for it, and what came while it was away."""
    client, publisher = member(broker, "m", version), broker.client("p")
    publish_numbers(publisher, 0, 6)
    for i in range(4):
        client.expect_publish("a", b"%d" % i, dup=0)
    client.drop()
    publish_numbers(publisher, 6, 4)
    expect_all(member(broker, "m", version, present=1), 10, again=4)


@test
@versions(3, 4, 5)
@config(limits={"max_inflight": 4})
@covers("MQTT-3.10.4-3", v311="MQTT-3.10.4-3")
def who_was_the_last_member_and_unsubscribes_still_gets_what_was_his(broker, version):
    client, publisher = member(broker, "m", version), broker.client("p")
    publish_numbers(publisher, 0, 6)
    for i in range(4):
        client.expect_publish("a", b"%d" % i, dup=0)
    client.unsubscribed(FILTER)
    publish_numbers(publisher, 6, 4)          # for nobody
    client.drop()
    expect_all(member(broker, "m", version, present=1), 6, again=4)


@test
@covers("MQTT-4.8.2-5")
@config(**plugins(section("counts", "counts"), limits={"max_inflight": 4}, log={"level": "debug"}))
def what_the_last_member_leaves_is_lost_and_counted(broker):
    last, publisher = member(broker, "last"), broker.client("p")
    last.subscribed("plain", qos=1)
    publisher.published("plain", b"x", 1)               # no group's: it ends with its session
    publish_numbers(publisher, 0, 6)
    last.expect_publish("plain", b"x")
    for i in range(3):
        last.expect_publish("a", b"%d" % i)
    last.disconnect(0, {"session_expiry_interval": 0})
    late = broker.client("late")
    late.subscribed(FILTER, qos=2)
    late.expect_quiet()
    assert broker.logged("ended: client=last, and with it 6 messages of its shared groups"), broker.log()
    late.drop()
    assert counted(broker)["vibemq_dropped_with_member_total"] == 6


# ---- all of it at once

@test
@within(60)
def members_come_and_go_and_no_message_of_theirs_is_lost(broker):
    n, got = 300, set()
    keeper = broker.client("keeper")
    publisher = broker.client("p")
    keeper.subscribed(FILTER, qos=1)
    for i in range(n):
        if i % 10 == 0:
            guest = broker.client("guest%d" % (i % 70))     # takes its share and acknowledges nothing
            guest.subscribed(FILTER, qos=1)
        publisher.published("a", b"%d" % i, 1)
        if i % 10 == 9:
            # Half of these ten; and of what the last guest left, if that went on only now.
            found = []
            wait_until(lambda: found.extend(drained(guest)[0]) or len(found) >= 5, 10, lambda: "5, not %s" % found)
            guest.disconnect()

    def is_complete():
        for message in drained(keeper)[0]:
            keeper.ack(p.PUBACK, message.id)
            got.add(int(message.payload))
        return len(got) == n
    wait_until(is_complete, 20, lambda: "%d messages" % n)


run(given=daemon.for_test)
