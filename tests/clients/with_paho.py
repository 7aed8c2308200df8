# SPDX-License-Identifier: Apache-2.0
"""with_paho.py - Eclipse Paho's clients in C and Python, each with MQTT 3.1.1 and 5.0

Both are programs that take the same commands (paho-c.c says which). What a client needs that is not here,
its tests say when they are skipped.
"""
import functools
import itertools
import os
import subprocess
import sys

from lib import daemon
from lib.partner import Partner
from lib.tap import config, mark, run, skip, test, within
from lib.wait import wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
LARGE = 1024 * 1024 - 100           # limits.max_packet_size is 1 MiB, and a packet has a head
FOREVER = "expiry=4294967295"


# ---- the two of them

def paho_c():
    program = os.path.join(daemon.BUILD, "tests", "clients", "paho-c")
    if not os.path.exists(program):
        skip("libpaho-mqtt-dev was not here when it was configured")
    return [program]


@functools.cache
def find_python():
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and subprocess.run([python, "-c", "import paho.mqtt.client"],
                                                     stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


def paho_python():
    if not find_python():
        skip("python3-paho-mqtt is not installed")
    return [find_python(), os.path.join(HERE, "paho-python.py")]


def clients(function):
    """Runs the test with each client and version; it takes them as its last arguments."""
    for (name, command), version in itertools.product((("C", paho_c), ("Python", paho_python)), (4, 5)):
        one = functools.partial(function, command=command, version=version)
        one.__dict__.update(function.__dict__)
        one.__name__ = "%s (%s, MQTT %s)" % (function.__name__, name, {4: "3.1.1", 5: "5.0"}[version])
        test(one)
    return function


def mqtt5(function):
    """The same, with MQTT 5.0 alone."""
    for name, command in (("C", paho_c), ("Python", paho_python)):
        one = functools.partial(function, command=command)
        one.__name__ = "%s (%s, MQTT 5.0)" % (function.__name__, name)
        test(one)
    return function


class Paho(Partner):
    def __init__(self, broker, command, name, version):
        address = "%s:%d" % broker.addresses[0]
        super().__init__(name, [*command(), address, name, str(version)])

    def did(self, event, *words):
        self.tell(*words)
        return self.await_event(event)

    def connected(self, clean=True, *words):
        """Whether the session was there; None: the client does not tell."""
        return self.did("connected", "connect", str(int(clean)), *words).get("present")

    def subscribed(self, topic, qos, *words):
        assert self.did("subscribed", "subscribe", topic, str(qos), *words)["reason"] == qos

    def published(self, topic, qos, payload, *words, retain=0):
        self.did("published", "publish", topic, str(qos), str(retain), payload, *words)

    def taken(self, topic, **fields):
        """The next message, and nothing but it."""
        message = self.await_event("message")
        assert message["topic"] == topic, message
        for name, value in fields.items():
            assert message.get(name) == value, "%s is not %r in %s" % (name, value, message)
        return message

    def disconnected(self):
        self.did("disconnected", "disconnect")


# ---- what they do

@clients
def messages_go_both_ways_with_each_quality(broker, command, version):
    with Paho(broker, command, "one", version) as one, Paho(broker, command, "two", version) as two:
        for client in (one, two):
            client.connected()
            client.subscribed("to/" + client.name, 2)
        for qos in (0, 1, 2):
            for i in range(2):
                one.published("to/two", qos, "there%d" % i)
                two.taken("to/two", payload="there%d" % i, qos=qos)
                two.published("to/one", qos, "back%d" % i)
                one.taken("to/one", payload="back%d" % i, qos=qos)


@clients
def a_session_is_resumed_with_what_waited(broker, command, version):
    expiry = [FOREVER] if version == 5 else []
    with Paho(broker, command, "away", version) as away, Paho(broker, command, "here", version) as here:
        assert away.connected(False, *expiry) in (0, None)
        away.subscribed("a/#", 2)
        away.disconnected()
        here.connected()
        for i in range(6):
            here.published("a/b", 1 + i // 3, "%d" % i)
        assert away.connected(False, *expiry) in (1, None)
        for i in range(6):
            away.taken("a/b", payload="%d" % i, qos=1 + i // 3)
        here.published("a/c", 2, "live")
        away.taken("a/c", payload="live", qos=2)
        away.disconnected()
        assert away.connected(True) in (0, None)


@clients
def a_session_is_resumed_by_another_program(broker, command, version):
    """As after a crash: it left without a word, and what it knew is lost."""
    expiry = [FOREVER] if version == 5 else []
    with Paho(broker, command, "crashes", version) as first:
        first.connected(False, *expiry)
        first.subscribed("a", 1)
    writer = broker.client("writer")
    for i in range(3):
        writer.published("a", b"%d" % i, 1)
    with Paho(broker, command, "crashes", version) as second:
        assert second.connected(False, *expiry) in (1, None)
        for i in range(3):
            second.taken("a", payload="%d" % i, qos=1)


@clients
@within(60)
def large_payloads_arrive_whole(broker, command, version):
    with Paho(broker, command, "one", version) as one, Paho(broker, command, "two", version) as two:
        one.connected()
        two.connected()
        two.subscribed("large", 2)
        for qos in (0, 1, 2):
            one.published("large", qos, "#%d" % LARGE)
            two.taken("large", size=LARGE, intact=True, qos=qos)


@clients
def a_lost_connection_publishes_the_will(broker, command, version):
    with Paho(broker, command, "witness", version) as witness:
        witness.connected()
        witness.subscribed("will", 1)
        with Paho(broker, command, "dies", version) as dies:
            dies.connected(True, "will=will:gone")
        witness.taken("will", payload="gone", qos=1)
        with Paho(broker, command, "leaves", version) as leaves:
            leaves.connected(True, "will=will:not-gone")
            leaves.disconnected()
        witness.published("will", 1, "all")
        witness.taken("will", payload="all")


@clients
def retained_messages_wait_for_subscribers(broker, command, version):
    with Paho(broker, command, "one", version) as one, Paho(broker, command, "two", version) as two:
        one.connected()
        two.connected()
        one.published("state", 1, "on", retain=1)
        two.subscribed("state", 1)
        two.taken("state", payload="on", retain=1, qos=1)
        one.published("state", 1, "off", retain=1)
        two.taken("state", payload="off", retain=0)
        one.published("state", 1, "#0", retain=1)
        two.taken("state", size=0, retain=0)
    reader = broker.client("reader")
    reader.subscribed("state")
    reader.expect_quiet()


@mqtt5
def properties_go_both_ways(broker, command):
    with Paho(broker, command, "asks", 5) as asks, Paho(broker, command, "answers", 5) as answers:
        asks.connected()
        answers.connected()
        asks.subscribed("reply/asks", 1)
        answers.subscribed("request", 1, "id=7")
        asks.published("request", 1, "what", "response=reply/asks", "correlation=c-1", "type=text/plain",
                       "user=a:b", "expiry=100")
        request = answers.taken("request", payload="what", id="7", type="text/plain", user="a:b")
        assert 90 <= int(request["expiry"]) <= 100, request
        answers.published(request["response"], 1, "that", "correlation=" + request["correlation"])
        asks.taken("reply/asks", payload="that", correlation="c-1")


run(given=daemon.for_test)
