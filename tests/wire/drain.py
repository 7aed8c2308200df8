# SPDX-License-Identifier: Apache-2.0
"""drain.py - what clients are told when the broker stops (MQTT 5.0, 3.14, 4.13; SIGTERM)"""
import os
import signal

from lib import daemon, packet as p
from lib.mqtt import Closed
from lib.tap import config, covers, run, test, versions
from lib.wait import wait_until

PLUGINS = [{"name": "steps", "path": os.path.join(daemon.BUILD, "tests/plugins/.libs/steps.so")}]


@test
@versions(3, 4, 5)
def clients_of_a_stopping_broker_are_told_so(broker, version):
    clients = [broker.client("c%d" % i, version) for i in range(4)]
    broker.stop()
    for client in clients:
        goodbye = client.expect_closed(*([0x8B] if version == 5 else []))
        assert goodbye is None or not goodbye.properties


REFERENCE = "b.example.org [2001:db8::7]:1884"


@test
@versions(4, 5)
@config(server_reference=REFERENCE)
def they_are_sent_to_another_server(broker, version):
    clients = [broker.client("c%d" % i, version) for i in range(4)]
    broker.stop()
    for client in clients:
        goodbye = client.expect_closed(*([0x9C] if version == 5 else []))
        assert version < 5 or goodbye.properties == {"server_reference": REFERENCE}, goodbye


@test
@config(server_reference=REFERENCE, server_moved=True)
def they_are_told_that_it_is_for_good(broker):
    client = broker.client("c")
    broker.stop()
    assert client.expect_closed(0x9D).properties == {"server_reference": REFERENCE}


@test
def where_to_go_may_be_said_while_it_runs(broker):
    client = broker.client("c")
    broker.settings["server_reference"] = REFERENCE
    broker.write_settings()
    broker.signal(signal.SIGHUP)
    wait_until(lambda: broker.logged("broker: reloaded"))
    broker.stop()
    assert client.expect_closed(0x9C).properties == {"server_reference": REFERENCE}


@test
@covers("MQTT-3.1.2-24")
@config(server_reference=REFERENCE)
def a_reference_for_which_a_client_has_no_room_is_left_out(broker):
    client = broker.client("c", properties={"maximum_packet_size": 40})
    broker.stop()
    assert not client.expect_closed(0x9C).properties


@test
@config(plugins=PLUGINS, server_reference=REFERENCE)
def who_is_not_in_yet_is_sent_away_too(broker):
    conversation = half_in(broker, b"continue")
    broker.stop()
    connack = conversation.expect_refused(0x9C, None)
    assert connack.properties == {"server_reference": REFERENCE}, connack


def half_in(broker, step):
    conversation = broker.open()
    conversation.connect("half", properties={"authentication_method": "steps", "authentication_data": step})
    if step == b"continue":
        conversation.expect(p.AUTH)
    return conversation


@test
@config(plugins=PLUGINS)
def who_is_not_in_yet_is_refused_with_a_reason_that_a_connack_may_have(broker):
    conversations = [half_in(broker, step) for step in (b"continue", b"never")]
    broker.client("witness").pinged()
    broker.stop()
    for conversation in conversations:
        conversation.expect_refused(0x88, None)


@test
def who_comes_in_the_last_moment_is_not_forgotten(broker):
    """CONNECTs that travel between workers while the broker says goodbye to those that it has."""
    conversations = [broker.open() for _ in range(24)]
    witness = broker.client("witness")
    witness.pinged()
    broker.freeze()
    for number, conversation in enumerate(conversations):
        conversation.connect("c%d" % number)
    broker.signal(signal.SIGTERM)
    broker.thaw()
    assert broker.wait_exit() == 0
    for conversation in conversations:
        try:
            first = conversation.receive()
        except Closed:
            continue
        assert first.type == p.CONNACK, first
        if first.reason == 0:
            conversation.expect_closed(0x8B)
        else:
            assert first.reason == 0x88, first
            conversation.expect_end()


run(daemon.for_test)
