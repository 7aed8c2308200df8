# SPDX-License-Identifier: Apache-2.0
"""hooks.py - every hook is called: on its thread, with its arguments, in the order of the configuration

The plugins are tiny ones, two instances of each: "a" and "b".
"""
import re
import signal

from lib import daemon, packet as p
from lib.tap import config, run, test, versions
from lib.tiny import (await_said, clients_everywhere, counted, pair, plugins, said, section, worker_of)
from lib.wait import wait_until

DENIED, BANNED, NOT_AUTHORIZED = 0x86, 0x8A, 0x87


def asked(broker, hook, client_id):
    """Which instances were asked about a client."""
    return [label for label, _, text in said(broker, hook) if "client=%s " % client_id in text + " "]


# -- on_connect

@test
@config(**pair("on_connect"))
def on_connect_is_told_all_of_a_connect(broker):
    broker.client("all", username="me", password="secret", will=p.Will("last/words", b""))
    for label, _, text in said(broker, "on_connect"):
        assert re.fullmatch(r"client=all user=me password=some will=last/words method=none "
                            r"address=127\.0\.0\.1:\d+", text), (label, text)
    assert asked(broker, "on_connect", "all") == ["a", "b"]
    assert "secret" not in broker.log()


@test
@config(**pair("on_connect"))
def on_connect_tells_no_password_from_an_empty_one(broker):
    broker.client("empty", username="me", password="")
    broker.client("none", username="me")
    broker.client("nobody")
    passwords = dict(re.findall(r"client=(\w+) user=\w+ password=(\w+)", broker.log()))
    assert passwords == {"empty": "empty", "none": "none", "nobody": "none"}, passwords


@test
@versions(4, 5)
@config(**pair("on_connect"))
def the_first_answer_of_on_connect_wins(broker, version):
    for user, reason, who in (("a=next b=next", 0, "ab"), ("a=allow b=deny", 0, "a"), ("b=allow", 0, "ab"),
                              ("a=deny b=allow", DENIED, "a"), ("a=next b=deny", DENIED, "ab")):
        client_id = "c%d" % len(said(broker, "on_connect"))
        client = broker.open(version)
        client.connect(client_id, username=user)
        if reason:
            client.expect_refused(reason, 4)
        else:
            client.expect(p.CONNACK, reason=0)
        assert asked(broker, "on_connect", client_id) == list(who), (user, broker.log())


@test
@versions(4, 5)
@config(**pair("on_connect"))
def a_ticket_is_answered_from_another_thread(broker, version):
    for user, reason, who in (("a=later-allow b=deny", 0, "a"), ("a=later-next", 0, "ab"),
                              ("a=later-next b=later-allow", 0, "ab"), ("a=later-next b=later-next", 0, "ab"),
                              ("a=later-deny b=allow", BANNED, "a"), ("a=later-next b=deny", DENIED, "ab"),
                              ("a=later-next b=later-deny", BANNED, "ab")):
        client_id = "c%d" % len(said(broker, "on_connect"))
        client = broker.open(version)
        client.connect(client_id, username=user)
        if reason:
            client.expect_refused(reason, {DENIED: 4, BANNED: 5}[reason])
        else:
            client.expect(p.CONNACK, reason=0)
            client.pinged()
        assert asked(broker, "on_connect", client_id) == list(who), (user, broker.log())
    assert "answers on another thread" in broker.log() and "answers on the same" not in broker.log()


@test
@config(**pair("on_connect"))
def a_second_answer_to_a_ticket_is_lost(broker):
    for i in range(20):
        broker.client("c%d" % i, username="a=twice").pinged()


@test
@config(**pair("on_connect"))
def what_a_client_says_before_it_is_let_in_waits_for_it(broker):
    for client_id in clients_everywhere():
        client = broker.open()
        client.send(p.connect(5, client_id, username="a=later-allow") +
                    p.subscribe(5, 7, (client_id, 1)) + p.publish(5, client_id, b"early", 1, 8))
        client.expect(p.CONNACK, reason=0)
        client.expect(p.SUBACK, id=7, reasons=[1])
        packets = {packet.type: packet for packet in (client.receive(), client.receive())}
        assert packets[p.PUBLISH].payload == b"early" and packets[p.PUBACK].id == 8


@test
@config(**pair("on_connect"))
def the_answer_for_a_client_that_has_gone_is_lost(broker):
    for i in range(50):
        client = broker.open()
        client.connect("c%d" % i, username="a=later-allow")
        client.drop()
    wait_until(lambda: broker.log().count("answers on another") == 50, 10, "50 answers")
    broker.client("there", username="a=later-allow").pinged()


FORGETFUL = dict(plugins(section("on_connect", "a"), section("on_connect", "b"), section("counts", "c")),
                 limits={"connect_timeout": "1s"})


@test
@config(**FORGETFUL)
def a_ticket_that_nobody_answers_costs_a_client_no_more_than_its_time(broker):
    client = broker.open()
    client.connect("waits", username="a=pending")
    client.expect_closed()
    broker.client("other").pinged()


@test
@config(**FORGETFUL)
def the_plugin_that_forgot_a_ticket_is_named_and_its_tickets_are_counted(broker):
    silent = broker.open()                          # its time is its own fault
    for user in ("a=next b=pending", "a=later-next b=pending"):
        client = broker.open()
        client.connect("waits", username=user)
        client.expect_end()
    gone = broker.open()
    gone.connect("gone", username="a=pending")      # its answer may have been on the way
    gone.drop()
    silent.expect_end()
    assert broker.logged(r"warn +plugin: b has not answered within limits.connect_timeout: client=waits at 127"), \
        broker.log()
    totals = counted(broker)
    assert totals["vibemq_unanswered_total"] == 2 and totals["vibemq_connect_timeouts_total"] == 3, totals


@test
@config(**pair("on_connect"))
def to_go_on_with_auth_needs_a_method(broker):
    client = broker.open()
    client.connect("c", username="a=continue")
    client.expect_refused(0x80, None)


# -- on_auth

def authenticating(broker, client_id, method, data):
    client = broker.open()
    client.connect(client_id, properties={"authentication_method": method, "authentication_data": data})
    return client


@test
@config(**pair("on_auth"))
def on_auth_goes_to_the_plugin_that_asked(broker):
    client = authenticating(broker, "c", "tiny-b", b"hello")
    auth = client.expect(p.AUTH, reason=0x18)
    assert auth.properties == {"authentication_method": "tiny-b", "authentication_data": b"b heard hello"}
    for data in (b"b=continue once", b"b=continue twice"):
        client.send(p.auth(0x18, {"authentication_method": "tiny-b", "authentication_data": data}))
        auth = client.expect(p.AUTH, reason=0x18)
        assert auth.properties["authentication_data"] == b"b heard " + data
    client.send(p.auth(0x18, {"authentication_method": "tiny-b", "authentication_data": b"b=allow a=deny"}))
    connack = client.expect(p.CONNACK, reason=0)
    assert connack.properties["authentication_data"] == b"b heard b=allow a=deny"
    assert [(label, text) for label, _, text in said(broker, "on_auth")] == [
        ("b", "client=c method=tiny-b data=" + data)
        for data in ("b=continue once", "b=continue twice", "b=allow a=deny")]


@test
@config(**pair("on_auth"))
def on_auth_denies(broker):
    client = authenticating(broker, "c", "tiny-a", b"hello")
    client.expect(p.AUTH, reason=0x18)
    client.send(p.auth(0x18, {"authentication_method": "tiny-a", "authentication_data": b"a=deny"}))
    client.expect_refused(BANNED, None)


@test
@config(**pair("on_auth"))
def a_method_that_no_plugin_knows_is_refused(broker):
    authenticating(broker, "c", "tiny-c", b"hello").expect_refused(0x8C, None)


# -- on_authorize

@test
@config(**pair("on_authorize"))
def the_first_answer_of_on_authorize_wins(broker):
    for client_id in clients_everywhere():
        client = broker.client(client_id)
        for topic, reason in (("x", 0x10), ("x/a=next/b=deny", NOT_AUTHORIZED), ("x/a=allow/b=deny", 0x10),
                              ("x/a=deny/b=allow", NOT_AUTHORIZED)):
            client.publish(topic, b"", 1, id=1)
            client.expect(p.PUBACK, id=1, reason=reason)
        assert [(label, worker) for label, worker, text in said(broker, "on_authorize")
                if "client=%s " % client_id in text] == [
                    (label, worker_of(client_id)) for label in ("a", "b", "a", "b", "a", "a")]


@test
@config(**pair("on_authorize"))
def on_authorize_is_told_all_of_a_publish_and_a_subscription(broker):
    client = broker.client("c")
    client.publish("x/a=allow", b"", 2, id=1, retain=True)
    client.expect(p.PUBREC, id=1)
    client.subscribed(("y/+/a=allow", 1))
    client.subscribed("$share/group/z/a=allow")
    client.subscribe("x/a=deny/#", id=9)
    client.expect(p.SUBACK, id=9, reasons=[NOT_AUTHORIZED])
    await_said(broker, "on_authorize", [("a", worker_of("c"), "client=c may " + what) for what in (
        "publish x/a=allow qos=2 retain=1", "subscribe y/+/a=allow qos=1 retain=0",
        "subscribe z/a=allow qos=0 retain=0", "subscribe x/a=deny/# qos=0 retain=0")])


@test
@config(**pair("on_authorize"))
def an_answer_that_is_none_denies(broker):
    client = broker.client("c")
    for word in ("pending", "continue"):
        client.publish("x/a=" + word, b"", 1, id=1)
        client.expect(p.PUBACK, id=1, reason=NOT_AUTHORIZED)
        client.subscribe("y/a=" + word, id=2)
        client.expect(p.SUBACK, id=2, reasons=[NOT_AUTHORIZED])
    assert broker.logged("plugin: a: on_authorize answers 4, which is no answer: denied"), broker.log()


@test
@config(**pair("on_authorize"))
def a_will_is_authorized_when_its_client_comes(broker):
    client = broker.open()
    client.connect("c", will=p.Will("x/a=deny", b""))
    client.expect_refused(NOT_AUTHORIZED, None)


# -- on_rewrite

@test
@config(**pair("on_rewrite"))
def on_rewrite_edits_in_order(broker):
    reader = broker.client("reader")
    reader.subscribed("#")
    for client_id in clients_everywhere():
        writer = broker.client(client_id)
        writer.published("rewrite/x", b"said", 1, retain=True)
        reader.expect_publish("rewrite/x/a/b", b"said")
        writer.published("other", b"as it is", 1)
        reader.expect_publish("other", b"as it is")
        assert [call for call in said(broker, "on_rewrite") if "client=" + client_id in call[2]] == [
            (label, worker_of(client_id), "%s of client=%s" % (topic, client_id))
            for label, topic in (("a", "rewrite/x"), ("b", "rewrite/x/a"), ("a", "other"), ("b", "other"))]
    late = broker.client("late")
    late.subscribed("#")
    late.expect_publish("rewrite/x/a/b", b"said", retain=1)
    late.expect_quiet()


@test
@config(**pair("on_rewrite"))
def a_will_is_rewritten_too(broker):
    reader = broker.client("reader")
    reader.subscribed("#")
    broker.client("c", will=p.Will("rewrite/will", b"gone")).drop()
    reader.expect_publish("rewrite/will/a/b", b"gone")


@test
@config(**pair("on_rewrite"))
def what_a_plugin_spoils_is_refused(broker):
    client = broker.client("c")
    client.subscribed("#")
    client.publish("rewrite/b=spoil", b"", 1, id=1, retain=True)
    client.expect(p.PUBACK, id=1, reason=0x90)
    client.expect_quiet()


# -- on_started, on_stopping, on_reload

@test
@config(**pair("on_started"))
def on_started_comes_when_the_listeners_are_bound(broker):
    await_said(broker, "on_started", [("a", 0, "workers=3"), ("b", 0, "workers=3")])
    assert re.search(r"(?s)listening on.*a on_started.*b on_started.*ready", broker.log()), broker.log()


@test
@config(**plugins(section("on_stopping", "a"), section("on_client_offline", "b"), section("on_stopping", "c")))
def on_stopping_comes_when_the_clients_have_left(broker):
    clients = [broker.client(client_id) for client_id in clients_everywhere()]
    broker.stop()
    for client in clients:
        client.expect_closed(0x8B)
    await_said(broker, "on_stopping", [("a", 0, "word=none"), ("c", 0, "word=none")])
    assert len(said(broker, "on_client_offline")) == 3
    assert broker.log().rindex("on_client_offline worker") < broker.log().index("on_stopping worker")


@test
@config(**plugins(section("on_started", "a"), section("on_stopping", "b"), section("on_reload", "c")))
def plugins_come_in_order_and_leave_in_reverse(broker):
    broker.stop()
    await_said(broker, "init", [(label, 0, "word=none") for label in "abc"])
    await_said(broker, "exit", [(label, 0, "word=none") for label in "cba"])


@test
@config(**plugins(section("on_stopping", "a", word="hold"), section("on_stopping", "b", word="leave")))
def what_a_plugin_has_given_away_is_back_before_it_leaves(broker):
    broker.stop()
    assert sorted(said(broker, "last word")) == [("a", 0, "hold"), ("b", 0, "leave")]
    assert broker.log().rindex("last word") < broker.log().index("b exit"), broker.log()


@test
@config(**plugins(section("busy", "a"), section("on_rewrite", "b"), section("on_client_offline", "c")))
def nobody_is_in_a_hook_when_plugins_leave(broker):
    for i in range(100):
        broker.client("c%d" % i)
    broker.stop()
    log = broker.log()
    assert sorted(said(broker, "finished")) == [("a", worker, "everything") for worker in (1, 2)], log[-2000:]
    assert log.rindex("a finished worker") < log.index("c exit worker"), log[-2000:]
    for hook in ("b on_rewrite", "c on_client_offline"):
        assert log.rindex(hook + " worker") < log.index("c exit worker"), log[-2000:]


@test
@config(**pair("on_reload", word="old"))
def on_reload_brings_each_instance_its_own_section(broker):
    for i, plugin in enumerate(broker.settings["plugins"]):
        plugin["word"] = "new%d" % i
    broker.write_settings()
    broker.signal(signal.SIGHUP)
    await_said(broker, "on_reload", [("a", 0, "label=a word=new0"), ("b", 0, "label=b word=new1")])
    assert not broker.logged("needs a restart")


@test
@config(**pair("on_reload", word="old"))
def a_section_that_is_wrong_is_reloaded_by_nobody(broker):
    broker.settings["plugins"][0]["word"] = "new"
    broker.settings["plugins"][1]["wrod"] = "new"
    broker.write_settings()
    broker.signal(signal.SIGHUP)
    wait_until(lambda: broker.logged("reload failed"), 5, "the reload to fail")
    assert broker.logged(r'reload failed.*unknown key "wrod", did you mean "word"'), broker.log()
    assert not said(broker, "on_reload")


@test
@config(**pair("on_reload", word="old"))
def a_section_without_a_name_is_reloaded_by_nobody(broker):
    del broker.settings["plugins"][1]["name"]
    broker.write_settings()
    broker.signal(signal.SIGHUP)
    wait_until(lambda: broker.logged("reload failed"), 5, "the reload to fail")
    assert broker.logged(r"reload failed.*a plugin needs a name"), broker.log()
    assert not said(broker, "on_reload")


@test
@config(**pair("on_reload"))
def a_plugin_that_is_new_needs_a_restart(broker):
    broker.settings["plugins"].append(section("on_started", "c"))
    broker.write_settings()
    broker.signal(signal.SIGHUP)
    wait_until(lambda: broker.logged("c: a new plugin needs a restart"), 5, "the log to say so")
    assert len(said(broker, "on_reload")) == 2


# -- on_client_online, on_client_offline

ONLINE_AND_OFFLINE = plugins(section("on_client_online", "a"), section("on_client_offline", "b"),
                             section("on_client_online", "c"), section("on_client_offline", "d"))


@test
@versions(3, 4, 5)
@config(**ONLINE_AND_OFFLINE)
def on_client_online_is_told_who(broker, version):
    for client_id in clients_everywhere():
        client = broker.client(client_id, version, username="me", clean=True)
        client.pinged()
        calls = [call for call in said(broker, "on_client_online") if "client=" + client_id in call[2]]
        assert [call[:2] for call in calls] == [("a", worker_of(client_id)), ("c", worker_of(client_id))]
        assert all(re.fullmatch(r"client=%s user=me protocol=%d clean=1 address=127\.0\.0\.1:%d" % (
            client_id, version, client.socket.getsockname()[1]), call[2]) for call in calls), calls


@test
@config(**ONLINE_AND_OFFLINE)
def on_client_offline_is_told_why(broker):
    def offline(client_id, reason):
        wait_until(lambda: asked(broker, "on_client_offline", client_id) == ["b", "d"], 10, "two calls")
        assert [call for call in said(broker, "on_client_offline") if "client=" + client_id in call[2]] == [
            (label, worker_of(client_id), "client=%s reason=0x%02x" % (client_id, reason)) for label in "bd"]

    broker.client("said-goodbye").disconnect()
    offline("said-goodbye", 0)
    broker.client("was-lost").drop()
    offline("was-lost", 0)
    broker.client("went-wrong").connect("went-wrong")
    offline("went-wrong", 0x82)


@test
@config(**ONLINE_AND_OFFLINE)
def at_a_takeover_one_goes_before_the_other_comes(broker):
    first = broker.client("c")
    broker.client("c").pinged()
    first.expect_closed(0x8E)
    assert re.findall(r"(on_client_\w+) worker=\d+: client=c.*?(reason=\w+|$)", broker.log(), re.M) == [
        ("on_client_online", ""), ("on_client_online", ""), ("on_client_offline", "reason=0x8e"),
        ("on_client_offline", "reason=0x8e"), ("on_client_online", ""), ("on_client_online", "")]


@test
@config(**ONLINE_AND_OFFLINE)
def who_was_not_let_in_was_never_online(broker):
    client = broker.open()
    client.connect("c", properties={"authentication_method": "none"})
    client.expect_refused(0x8C, None)
    client = broker.open()
    client.drop()
    broker.client("other").pinged()
    assert not asked(broker, "on_client_online", "c") and not said(broker, "on_client_offline")


@test
@config(**plugins(section("on_client_online", "a", word="news/online"),
                  section("on_client_offline", "b", word="news/offline")))
def a_notice_may_publish_to_the_very_client_that_it_is_about(broker):
    lasting = {"clean": False, "properties": {"session_expiry_interval": 60}}
    witness = broker.client("witness")
    witness.subscribed("news/#")
    for client_id in clients_everywhere():
        client = broker.client(client_id, **lasting)
        client.subscribed("news/#", qos=1)
        witness.expect_publish("news/online", client_id.encode())
        client.drop()
        witness.expect_publish("news/offline", client_id.encode())
        client = broker.client(client_id, session_present=1, **lasting)
        news = [client.receive(), client.receive()]
        assert [n.payload for n in news] == [client_id.encode()] * 2, news
        assert {n.topic for n in news} == {"news/online", "news/offline"}
        witness.expect_publish("news/online", client_id.encode())
        client.unsubscribed("news/#")
    taken = broker.client("taken")
    taken.subscribed("news/#", qos=1)
    broker.client("taken").pinged()
    taken.expect_closed(0x8E)


# -- on_filter_changed, on_retained_changed

@test
@config(**pair("on_filter_changed"))
def on_filter_changed_comes_when_interest_begins_and_ends(broker):
    def seen(*expected):
        await_said(broker, "on_filter_changed", [(label, 0, text) for text in expected for label in "ab"])

    first, second = (broker.client(client_id) for client_id in clients_everywhere()[1:])
    first.subscribed("x/+")
    seen("x/+ is wanted")
    second.subscribed("x/+")
    first.unsubscribed("x/+")
    second.subscribed("$share/group/y")
    seen("x/+ is wanted", "y is wanted")
    second.drop()
    wait_until(lambda: len(said(broker, "on_filter_changed")) == 8, 5, "the end of two filters")
    assert sorted(said(broker, "on_filter_changed")[4:]) == [
        (label, 0, text) for label in "ab" for text in ("x/+ is not wanted", "y is not wanted")]


@test
@config(**plugins(section("echo", "a", word="of/a"), section("on_filter_changed", "b"),
                  section("echo", "c", word="of/c")))
def on_filter_changed_comes_of_the_sinks_of_all_plugins(broker):
    await_said(broker, "on_filter_changed", [("b", 0, "of/a is wanted"), ("b", 0, "of/c is wanted")])


@test
@config(**pair("on_retained_changed"))
def on_retained_changed_is_told_what_is_retained_now(broker):
    for client_id in clients_everywhere():
        client = broker.client(client_id)
        client.published("x", b"four", 1, retain=True)
        client.published("x", b"more", 1)
        client.published("x", b"", 1, retain=True)
        assert said(broker, "on_retained_changed")[-4:] == [
            (label, worker_of(client_id), "x has %d bytes" % size) for size in (4, 0) for label in "ab"]
    assert len(said(broker, "on_retained_changed")) == 12


# -- sinks

def take(reader):
    packet = reader.expect(p.PUBLISH, qos=1)
    reader.ack(p.PUBACK, packet.id)
    return packet.topic, packet.payload


@test
@config(**dict(plugins(section("echo", "a", word="in/#"), section("echo", "b", word="in/+")), workers=1))
def a_sink_may_publish_from_within_a_delivery(broker):
    readers = [broker.client("reader%d" % i) for i in range(5)]
    for i, reader in enumerate(readers):
        reader.subscribed("in/x", qos=1)
        if i % 2:
            reader.subscribed("echo/#", qos=1)
    writer = broker.client("writer")
    for n in range(20):
        word = b"%d" % n
        writer.published("in/x", word, 1)
        for i, reader in enumerate(readers):
            wanted = ["in/x"] + (["echo/in/x"] * 2 if i % 2 else [])
            got = [take(reader) for _ in wanted]
            assert sorted(got) == sorted((topic, word) for topic in wanted), (i, got)
    for reader in readers:
        reader.expect_quiet()


run(given=daemon.for_test)
