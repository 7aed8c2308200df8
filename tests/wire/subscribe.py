# SPDX-License-Identifier: Apache-2.0
"""subscribe.py - filters, options, retained messages, shared groups (MQTT 3.8, 3.10, 4.7, 4.8)"""
from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions

NO_LOCAL, AS_PUBLISHED, IF_NEW, NEVER = 4, 8, 0x10, 0x20


def until(client, topic):
    """What comes before the message on `topic`, which its publisher sent last."""
    got = []
    while True:
        message = client.expect(p.PUBLISH)
        if message.topic == topic:
            return got
        got.append(message)


@test
@versions(3, 4, 5)
@covers("MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.2-1", "MQTT-4.7.3-4", v311="MQTT-4.7.1-2 MQTT-4.7.1-3 MQTT-4.7.2-1")
def wildcards_match_what_they_must(broker, version):
    topics = ("a", "a/", "/a", "a/b", "a/b/c", "a//c", "/", "$x", "$x/a", "A", "a b/ü")
    matching = {
        "#": {"a", "a/", "/a", "a/b", "a/b/c", "a//c", "/", "A", "a b/ü"},
        "+": {"a", "A"}, "a/#": {"a", "a/", "a/b", "a/b/c", "a//c"}, "a/+": {"a/", "a/b"},
        "+/+": {"a/", "/a", "a/b", "/", "a b/ü"}, "/+": {"/a", "/"}, "+/b/+": {"a/b/c"}, "a/+/c": {"a/b/c", "a//c"},
        "$x/#": {"$x", "$x/a"}, "$x/+": {"$x/a"}, "+/a": {"/a"}, "a b/ü": {"a b/ü"},
    }
    publisher = broker.client("p", version)
    for number, (filter_text, expected) in enumerate(matching.items()):
        subscriber = broker.client("s%d" % number, version)
        subscriber.subscribed(filter_text, "the/end/of/it")
        for topic in (*topics, "the/end/of/it"):
            publisher.publish(topic, b"x")
        got = [m.topic for m in until(subscriber, "the/end/of/it")]
        assert sorted(got) == sorted(expected), (filter_text, got)
        subscriber.drop()


@test
@versions(3, 4, 5)
@covers("MQTT-3.8.4-1", "MQTT-3.8.4-5", "MQTT-3.8.4-6", "MQTT-3.9.3-1", v311="MQTT-3.8.4-1 MQTT-3.8.4-4 MQTT-3.8.4-5")
def many_filters_get_one_answer_each_in_order(broker, version):
    client = broker.client("c", version)
    client.subscribed(("a", 0), ("b", 1), ("c", 2), ("a", 1))


@test
@versions(3, 4, 5)
@covers("MQTT-3.10.4-1", "MQTT-3.10.4-4", "MQTT-3.10.4-5", "MQTT-3.11.3-1", v311="MQTT-3.10.4-1 MQTT-3.10.4-4 MQTT-3.10.4-5")
def after_unsubscribe_nothing_more_comes(broker, version):
    client = broker.client("c", version)
    client.subscribed("a/+", "a/b")
    client.unsubscribed("a/+")
    broker.client("p", version).published("a/c", b"x")
    client.expect_quiet()
    id = client.unsubscribe("a/b", "never")
    client.expect(p.UNSUBACK, id=id, reasons=[0, 0x11] if version == 5 else [])


@test
@versions(3, 4, 5)
@covers("MQTT-3.8.4-3", v311="MQTT-3.8.4-3")
def subscribing_again_replaces_and_sends_retained_messages_again(broker, version):
    broker.client("p", version).published("a", b"kept", 1, retain=True)
    client = broker.client("c", version)
    for qos in (0, 1):
        client.subscribed("a", qos=qos)
        assert client.taken("a", b"kept", retain=1).qos == qos


@test
@covers("MQTT-3.3.4-2", "MQTT-3.3.4-3", "MQTT-3.3.4-4", "MQTT-3.8.4-2")
def overlapping_filters_give_one_copy_with_all_identifiers(broker):
    client = broker.client("c")
    client.subscribed("a/#", qos=0, properties={"subscription_identifier": [7]})
    client.subscribed("a/+", qos=2, properties={"subscription_identifier": [300000]})
    client.subscribed("+/b", qos=1)
    broker.client("p").published("a/b", b"x", 2)
    got = client.taken("a/b", b"x", qos=2)
    assert sorted(got.properties["subscription_identifier"]) == [7, 300000]
    client.expect_quiet()


@test
@covers("MQTT-3.8.3-3")
def no_local_keeps_ones_own_messages_away(broker):
    client, other = broker.client("c"), broker.client("o")
    client.subscribed(("a", NO_LOCAL))
    client.published("a", b"mine")
    client.expect_quiet()
    other.published("a", b"theirs")
    client.expect_publish("a", b"theirs")


@test
@covers("MQTT-3.3.1-12", "MQTT-3.3.1-13")
def retain_as_published_keeps_the_flag_and_others_lose_it(broker):
    keeps, loses = broker.client("k"), broker.client("l")
    keeps.subscribed(("a", AS_PUBLISHED))
    loses.subscribed("a")
    broker.client("p").published("a", b"x", retain=True)
    keeps.expect_publish("a", b"x", retain=1)
    loses.expect_publish("a", b"x", retain=0)


@test
@covers("MQTT-3.3.1-9", "MQTT-3.3.1-10", "MQTT-3.3.1-11")
def retain_handling_decides_when_retained_messages_come(broker):
    broker.client("p").published("a", b"kept", 1, retain=True)
    client = broker.client("c")
    client.subscribed(("a", NEVER))
    client.expect_quiet()
    client.subscribed(("a", IF_NEW))
    client.expect_quiet()
    client.unsubscribed("a")
    client.subscribed(("a", IF_NEW))
    client.expect_publish("a", b"kept", retain=1)
    client.subscribed("a")
    client.expect_publish("a", b"kept", retain=1)


@test
@versions(3, 4, 5)
@covers("MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-7", "MQTT-3.3.1-8", v311="MQTT-3.3.1-5 MQTT-3.3.1-6 MQTT-3.3.1-10")
def the_last_retained_message_is_kept_and_an_empty_one_clears_it(broker, version):
    publisher = broker.client("p", version)
    for payload in (b"1", b"2"):
        publisher.published("a/b", payload, 1, retain=True)
    publisher.published("a/b", b"not retained", 1)
    client = broker.client("c", version)
    client.subscribed("a/#", qos=1)
    client.taken("a/b", b"2", retain=1, qos=1)
    publisher.published("a/b", b"", 1, retain=True)
    client.taken("a/b", b"", retain=0)
    late = broker.client("late", version)
    late.subscribed("#")
    late.expect_quiet()


@test
def a_full_store_of_retained_messages_reaches_a_slow_reader_whole(broker):
    publisher = broker.client("p")
    n = 3000
    for i in range(n):
        publisher.publish("many/%d" % i, b"x" * 2000, 0, retain=True)
    publisher.pinged()
    client = broker.client("c")
    client.subscribed("many/#")
    assert {client.expect(p.PUBLISH).topic for _ in range(n)} == {"many/%d" % i for i in range(n)}


# ---- shared subscriptions

@test
@covers("MQTT-4.8.2-4", "MQTT-4.8.2-5")
def each_message_goes_to_one_member_of_a_group(broker):
    members = [broker.client("m%d" % i) for i in range(3)]
    for member in members:
        member.subscribed("$share/g/a/#", "the/end/of/it", qos=1)
    plain = broker.client("plain")
    plain.subscribed("a/#", qos=1)
    publisher = broker.client("p")
    for i in range(30):
        publisher.published("a/b", b"%d" % i, 1)
    publisher.publish("the/end/of/it")
    for i in range(30):
        plain.taken("a/b", b"%d" % i)
    shares = []
    for member in members:
        got = until(member, "the/end/of/it")
        shares.append(len(got))
        for message in got:
            member.ack(p.PUBACK, message.id)
    assert sum(shares) == 30 and min(shares) > 0, shares


@test
def a_member_that_is_away_is_passed_over(broker):
    away = broker.open().connected("away", clean=False, properties={"session_expiry_interval": 60})
    here = broker.client("here")
    for member in (away, here):
        member.subscribed("$share/g/a", qos=1)
    away.disconnect()
    publisher = broker.client("p")
    for i in range(6):
        publisher.published("a", b"%d" % i, 1)
    for i in range(6):
        here.taken("a", b"%d" % i)


@test
@covers("MQTT-3.8.3-4", "MQTT-4.8.2-1", "MQTT-4.8.2-2")
def shared_filters_have_rules_of_their_own(broker):
    broker.client("p").published("a", b"kept", 1, retain=True)
    member = broker.client("m")
    member.subscribed("$share/g/a")
    member.expect_quiet()       # no retained messages
    for wrong, reasons in ((("$share/g/a", NO_LOCAL), (0x82,)), (("$share//a", 0), (0x8F, 0x81)),
                           (("$share/g", 0), (0x8F, 0x81)), (("$share/g+/a", 0), (0x8F, 0x81))):
        client = broker.client("")
        client.subscribe(wrong)
        client.expect_closed(*reasons)


@test
@config(limits={"max_subscriptions": 2})
def a_limit_of_subscriptions_is_kept_and_told(broker):
    client = broker.client("c")
    id = client.subscribe("a", "b", "c", "a")
    client.expect(p.SUBACK, id=id, reasons=[0, 0, 0x97, 0])


run(given=daemon.for_test)
