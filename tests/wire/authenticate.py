# SPDX-License-Identifier: Apache-2.0
"""authenticate.py - enhanced authentication and re-authentication (MQTT 5.0, 3.15, 4.12)

The plugin of tests/plugins/steps.c does what the Authentication Data tell it.
"""
import os
import re

from lib import daemon, packet as p
from lib.tap import config, covers, run, test, within
from lib.wait import wait_until

PLUGINS = [{"name": "steps", "path": os.path.join(daemon.BUILD, "tests/plugins/.libs/steps.so")}]
STEPS = config(plugins=PLUGINS)
NAMES = ["c%d" % i for i in range(6)]   # of clients of both workers


def data(step, method="steps"):
    return {"authentication_method": method, "authentication_data": step.encode()}


def begun(broker, step, client_id="c", **how):
    """A conversation that has said CONNECT with a first step."""
    conversation = broker.open()
    conversation.connect(client_id, properties=dict(data(step), **how.pop("properties", {})), **how)
    return conversation


def go_on(conversation, step, reason=0x18, method="steps"):
    conversation.send(p.auth(reason, data(step, method)))


def expect_auth(conversation, reason, n):
    conversation.expect(p.AUTH, reason=reason, properties=data("step %d" % n))


def expect_welcome(conversation, n, **fields):
    connack = conversation.expect(p.CONNACK, reason=0, **fields)
    assert connack.properties["authentication_method"] == "steps", connack
    assert connack.properties["authentication_data"] == b"step %d" % n, connack
    conversation.pinged()
    return conversation


def client_of(broker, client_id="c", **how):
    return expect_welcome(begun(broker, "allow", client_id, **how), 1)


def expect_blamed(broker, client_id):
    """Of a client that itself was late the plugin is not blamed."""
    blamed = re.findall("steps has not answered within limits.connect_timeout: client=([^ ]*)", broker.log())
    assert blamed == [client_id], broker.log()


def expect_forgotten(broker, n, client_id="c"):
    wait_until(lambda: broker.logged("forgotten: client=%s after %d\n" % (client_id, n)), what="the plugin to forget")


# ---- at CONNECT


@test
@STEPS
@covers("MQTT-4.12.0-2", "MQTT-4.12.0-3", "MQTT-4.12.0-5", "MQTT-3.15.2-1", "MQTT-3.1.2-30")
def steps_go_to_and_fro_until_the_plugin_allows(broker):
    for name in NAMES:
        for when in ("", "later "):
            client = begun(broker, when + "continue", name)
            for n in (1, 2):
                expect_auth(client, 0x18, n)
                go_on(client, when + "continue")
            expect_auth(client, 0x18, 3)
            go_on(client, when + "allow")
            expect_welcome(client, 4).disconnect()
            expect_forgotten(broker, 4, name)


@test
@STEPS
@covers("MQTT-4.12.0-4")
def the_plugin_may_deny_at_any_step_with_its_reason(broker):
    for when in ("", "later "):
        begun(broker, when + "deny 8a").expect_refused(0x8A, None)
        client = begun(broker, when + "continue")
        expect_auth(client, 0x18, 1)
        go_on(client, when + "deny 86")
        client.expect_refused(0x86, None)
    expect_forgotten(broker, 2)


@test
@STEPS
def a_denial_without_a_reason_that_fits_is_not_authorized(broker):
    for reason in ("00", "18", "8d", "8e", "ff"):
        begun(broker, "deny " + reason).expect_refused(0x87, None)


@test
@STEPS
@covers("MQTT-4.12.0-1")
def a_method_of_which_no_plugin_wants_to_know_is_refused(broker):
    for step in ("next", "later next"):
        begun(broker, step).expect_refused(0x8C, None)
        client = begun(broker, "continue")
        expect_auth(client, 0x18, 1)
        go_on(client, step)
        client.expect_refused(0x8C, None)


@test
@STEPS
@covers("MQTT-4.12.0-3", "MQTT-4.12.0-5", "MQTT-3.1.2-30")
def in_an_exchange_nothing_else_is_legal(broker):
    for packet in (p.auth(0x18, data("allow", "other")), p.auth(0x19, data("allow")), p.auth(0x00, data("allow")),
                   p.auth(0x18, {}), p.raw(p.AUTH << 4), p.PINGREQ_BYTES, p.publish(5, "a", b"x"),
                   p.subscribe(5, 1, ("a", 0)), p.connect(5, "c")):
        client = begun(broker, "continue")
        expect_auth(client, 0x18, 1)
        client.send(packet)
        client.expect_refused(0x82, None)


@test
@STEPS
def what_follows_the_last_step_at_once_is_heard(broker):
    for name in NAMES:
        client = begun(broker, "later continue", name)
        client.send(p.auth(0x18, data("later allow")) + p.PINGREQ_BYTES)
        expect_auth(client, 0x18, 1)
        expect_welcome(client, 2).expect_quiet()


@test
@STEPS
def a_client_may_leave_in_between_and_leaves_nothing(broker):
    witness = broker.client("witness")
    witness.subscribed("will")
    for leave in ("disconnect", "drop"):
        for step in ("continue", "later continue"):
            name = leave + step[:5]
            client = begun(broker, step, name, clean=False, will=p.Will("will", b"gone"),
                           properties={"session_expiry_interval": 60})
            expect_auth(client, 0x18, 1)
            getattr(client, leave)()
            expect_forgotten(broker, 1, name)
            broker.client(name, clean=False, session_present=0).disconnect()
    witness.expect_quiet()


@test
@STEPS
def an_answer_that_comes_after_its_client_has_gone_is_lost(broker):
    for name in NAMES:
        client = begun(broker, "later allow", name)
        client.drop()
        expect_forgotten(broker, 1, name)
    broker.client("witness").pinged()


@test
@config(plugins=PLUGINS, limits={"connect_timeout": "300ms"})
def an_exchange_that_takes_too_long_ends(broker):
    for step in ("continue", "never"):
        client = begun(broker, step, step)
        if step == "continue":
            expect_auth(client, 0x18, 1)
        client.expect_end()
        expect_forgotten(broker, 1, step)
    expect_blamed(broker, "never")


@test
@STEPS
@covers("MQTT-3.1.2-24")
def an_auth_packet_that_the_client_cannot_take_is_not_sent(broker):
    client = begun(broker, "continue", properties={"maximum_packet_size": 20})
    client.expect_refused(0x95, None)


@test
@STEPS
def the_method_may_say_who_the_client_is(broker):
    client = begun(broker, "later continue as alice")
    expect_auth(client, 0x18, 1)
    go_on(client, "allow")
    expect_welcome(client, 2)
    assert broker.logged("online: client=c user=alice\n"), broker.log()
    expect_welcome(begun(broker, "allow as mallory", "d", username="bob"), 1)
    assert broker.logged("online: client=d user=bob\n"), broker.log()


# ---- anew


@test
@STEPS
@covers("MQTT-4.12.0-5", "MQTT-4.12.1-1")
def a_client_that_is_in_may_authenticate_anew(broker):
    for name in NAMES:
        client = client_of(broker, name)
        for when in ("", "later "):
            go_on(client, when + "allow", 0x19)
            expect_auth(client, 0x00, 1)
            go_on(client, when + "continue", 0x19)
            expect_auth(client, 0x18, 1)
            go_on(client, when + "continue")
            expect_auth(client, 0x18, 2)
            go_on(client, when + "allow")
            expect_auth(client, 0x00, 3)
        expect_forgotten(broker, 3, name)
        client.pinged()


@test
@STEPS
def all_else_goes_on_meanwhile(broker):
    other = broker.client("other")
    for step in ("continue", "never"):
        client = client_of(broker, step)
        go_on(client, step, 0x19)
        if step == "continue":
            expect_auth(client, 0x18, 1)
        client.subscribed("to/" + step, qos=2)
        client.published("from/" + step, b"x", qos=2)
        other.published("to/" + step, b"y", qos=2)
        client.taken("to/" + step, b"y", qos=2)
        client.unsubscribed("to/" + step)
        client.pinged()
        client.disconnect()
        expect_forgotten(broker, 1, step)


@test
@STEPS
@covers("MQTT-4.12.1-2")
def who_fails_is_disconnected_with_the_reason(broker):
    witness = broker.client("witness")
    witness.subscribed("will")
    for name in NAMES:
        for when in ("", "later "):
            client = client_of(broker, name, will=p.Will("will", b"gone"))
            go_on(client, when + "continue", 0x19)
            expect_auth(client, 0x18, 1)
            go_on(client, when + "deny 98")
            client.expect_closed(0x98)
            witness.taken("will", b"gone")


@test
@STEPS
def a_reason_that_no_disconnect_may_have_becomes_not_authorized(broker):
    for reason in ("00", "85", "86", "88", "8a"):
        client = client_of(broker)
        go_on(client, "deny " + reason, 0x19)
        client.expect_closed(0x87)


@test
@STEPS
@covers("MQTT-4.12.1-1", "MQTT-4.12.0-3")
def an_auth_out_of_turn_is_a_protocol_error(broker):
    for before, packet in ((None, p.auth(0x19, data("allow", "other"))), (None, p.auth(0x19, data("allow", "step"))),
                           (None, p.auth(0x18, data("allow"))), (None, p.auth(0x00, data("allow"))),
                           (None, p.auth(0x19, {})), (None, p.raw(p.AUTH << 4)),
                           ("continue", p.auth(0x19, data("allow"))), ("never", p.auth(0x19, data("allow"))),
                           ("never", p.auth(0x18, data("allow"))),
                           ("continue", p.auth(0x18, data("allow", "other")))):
        client = client_of(broker)
        if before:
            go_on(client, before, 0x19)
        if before == "continue":
            expect_auth(client, 0x18, 1)
        client.send(packet)
        client.expect_closed(0x82)


@test
@STEPS
@covers("MQTT-4.12.0-6", "MQTT-4.12.0-7")
def who_named_no_method_cannot_authenticate_anew(broker):
    client = broker.client("plain", properties={"session_expiry_interval": 0})
    assert "authentication_method" not in client.connack.properties
    go_on(client, "allow", 0x19)
    client.expect_closed(0x82)


@test
@config(plugins=PLUGINS, limits={"connect_timeout": "300ms"})
@covers("MQTT-4.12.1-2")
def authenticating_anew_has_a_time_limit_too(broker):
    for step in ("continue", "never"):
        for keep_alive in (0, 60):
            client = client_of(broker, "%s%d" % (step, keep_alive), keep_alive=keep_alive)
            go_on(client, step, 0x19)
            if step == "continue":
                expect_auth(client, 0x18, 1)
            client.expect_closed(0x87)
    assert broker.logged("re-authentication took too long")
    expect_blamed(broker, "never0")


@test
@config(plugins=PLUGINS, limits={"connect_timeout": "300ms"})
def keep_alive_holds_after_an_exchange_as_before(broker):
    client = client_of(broker, keep_alive=1)
    for _ in range(2):
        go_on(client, "later allow", 0x19)
        expect_auth(client, 0x00, 1)
    client.expect_closed(0x8D)


@test
@STEPS
def an_older_connection_takes_its_exchange_with_it(broker):
    for name in NAMES:
        older = client_of(broker, name)
        go_on(older, "later continue", 0x19)
        newer = client_of(broker, name)
        while older.receive().type == p.AUTH:
            pass
        newer.expect_quiet()
        go_on(newer, "continue", 0x19)
        expect_auth(newer, 0x18, 1)


@test
@STEPS
@covers("MQTT-3.1.2-24")
def an_auth_packet_that_an_active_client_cannot_take_is_not_sent(broker):
    for step in ("continue at length", "allow at length"):
        client = client_of(broker, properties={"maximum_packet_size": 60})
        go_on(client, "continue", 0x19)
        expect_auth(client, 0x18, 1)
        go_on(client, step)
        client.expect_closed(0x95)


run(daemon.for_test)
