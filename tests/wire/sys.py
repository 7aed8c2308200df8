# SPDX-License-Identifier: Apache-2.0
"""sys.py - what the broker says of itself at $SYS, and that nobody else does"""
import re
import time

from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions
from lib.wait import wait_until

# What mosquitto 2.0 publishes; dashboards are made for these names.
NAMES = """version uptime clients/total clients/connected clients/active clients/disconnected clients/inactive
clients/maximum clients/expired messages/received messages/sent messages/stored messages/inflight
store/messages/count store/messages/bytes subscriptions/count shared_subscriptions/count heap/current heap/maximum
publish/messages/dropped publish/messages/received publish/messages/sent publish/bytes/received publish/bytes/sent
bytes/received bytes/sent""".split() + ["retained messages/count"] + [
    "load/%s/%s" % (what, span) for span in ("1min", "5min", "15min") for what in (
        "messages/received", "messages/sent", "publish/dropped", "publish/received", "publish/sent", "bytes/received",
        "bytes/sent", "sockets", "connections")]
ROOT = "$SYS/broker/"


class Watcher:
    """Subscribes, and keeps the last word on each topic."""

    def __init__(self, broker, version=5):
        self.client, self.values, self.times = broker.client("watcher", version), {}, {}
        self.client.subscribed("$SYS/#")

    def take(self):
        packet = self.client.expect(p.PUBLISH)
        assert packet.topic.startswith(ROOT) and packet.qos == 0, packet.topic
        name = packet.topic[len(ROOT):]
        self.values[name] = packet.payload
        self.times[name] = self.times.get(name, 0) + 1
        return name

    def until(self, condition, what):
        """Takes what comes until the values are so."""
        deadline = time.monotonic() + 20
        while not condition(self.values):
            assert time.monotonic() < deadline, "not: %s; %s" % (what, self.values)
            self.take()

    def until_is(self, **wanted):
        """Names with __ for the slash."""
        wanted = {k.replace("__", "/"): str(v).encode() for k, v in wanted.items()}
        self.until(lambda values: wanted.items() <= values.items(), wanted)


@test
@versions(4, 5)
def all_topics_that_mosquitto_has_are_there(broker, version):
    """At once: they are retained, and the interval is 10 s."""
    watcher = Watcher(broker, version)
    watcher.until(lambda values: set(NAMES) <= set(values), "all names")
    assert set(watcher.values) == set(NAMES), set(watcher.values) ^ set(NAMES)
    assert re.fullmatch(rb"vibemqd version \S+", watcher.values["version"])
    assert re.fullmatch(rb"\d+ seconds", watcher.values["uptime"])
    assert watcher.values["clients/total"] == b"0" and watcher.values["load/sockets/1min"] == b"0.00"
    assert int(watcher.values["heap/maximum"]) >= int(watcher.values["heap/current"]) > 100000


@test
@config(sys_interval="100ms")
def values_move(broker):
    watcher = Watcher(broker)
    one = broker.client("one", 4, clean=False)
    one.subscribed("a", "$share/g/b", qos=1)
    watcher.until_is(clients__connected=2, clients__total=2, subscriptions__count=3, shared_subscriptions__count=1)
    one.drop()
    watcher.until_is(clients__connected=1, clients__disconnected=1, clients__inactive=1, clients__maximum=2)
    writer = broker.client("writer")
    for i in range(5):
        writer.published("a", b"x" * 10, 1)
        writer.published("kept/%d" % i, b"y" * 100, retain=True)
    watcher.until_is(publish__messages__received=10, publish__bytes__received=550)
    watcher.until(lambda values: values["retained messages/count"] == b"5", "5 are retained")
    assert int(watcher.values["store/messages/count"]) >= 10
    watcher.until(lambda values: float(values["load/publish/received/1min"]) > 0, "a load")
    one = broker.client("one", 4, clean=False, session_present=1)
    ids = [one.expect(p.PUBLISH).id for _ in range(5)]
    watcher.until_is(messages__inflight=5)
    for id in ids:
        one.ack(p.PUBACK, id)
    watcher.until_is(messages__inflight=0)
    watcher.until(lambda values: int(values["bytes/received"]) > 550 and int(values["bytes/sent"]) > 550, "bytes")


@test
@config(sys_interval="100ms")
def what_did_not_change_is_not_said_again(broker):
    watcher = Watcher(broker)
    watcher.until(lambda _: watcher.times.get("bytes/sent", 0) > 5, "some rounds")
    assert watcher.times["version"] == 1 and watcher.times["shared_subscriptions/count"] == 1, watcher.times


@test
@config(sys_interval="100ms", limits={"max_queued_messages": 1})
def dropped_messages_are_counted(broker):
    watcher = Watcher(broker)
    away = broker.client("away", 4, clean=False)
    away.subscribed("a", qos=1)
    away.disconnect()
    writer = broker.client("writer")
    for _ in range(4):
        writer.published("a", b"x", 1)
    watcher.until_is(publish__messages__dropped=3)


# ---- who sees it, and who may write it

@test
@config(sys_interval="100ms")
@versions(4, 5)
@covers("MQTT-4.7.2-1", v311="MQTT-4.7.2-1")
def only_filters_that_name_it_see_it(broker, version):
    client = broker.client("all", version)
    client.subscribed("#", "+/broker/uptime", "+/#")
    watcher = Watcher(broker)
    watcher.until(lambda _: watcher.times.get("bytes/sent", 0) > 3, "some rounds")
    client.expect_quiet()


@test
@versions(4, 5)
def clients_cannot_publish_there(broker, version):
    reader = broker.client("reader")
    reader.subscribed("$SYS/broker/mine", "$SYS")
    client = broker.client("writer", version)
    for topic in ("$SYS/broker/mine", "$SYS"):
        id = client.publish(topic, b"x", 1, retain=True)
        assert client.expect(p.PUBACK, id=id).reason == (0x87 if version == 5 else 0)
    client.published("$SYSTEM", b"x", 1)
    conversation = broker.open(version)
    conversation.connect("will", will=p.Will("$SYS/broker/mine", b"x"))
    conversation.expect_refused(0x87, 5)
    reader.expect_quiet()


# ---- on and off

@test
@config(sys_interval="0s")
def it_may_be_off_and_be_switched_on_and_off(broker):
    client = broker.client("c")
    client.subscribed("$SYS/#")
    client.expect_quiet()
    broker.reload(sys_interval="100ms")
    assert client.expect(p.PUBLISH).topic == ROOT + "version"
    broker.reload(sys_interval="0s")
    client.drop()
    late = broker.client("late")
    late.subscribed("$SYS/#")
    late.expect_quiet()


@test
@config(limits={"max_retained_messages": 2})
def it_takes_no_place_of_retained_messages(broker):
    writer = broker.client("writer")
    for i in range(2):
        writer.published("kept/%d" % i, b"x", 1, retain=True)
    id = writer.publish("kept/2", b"x", 1, retain=True)
    assert writer.expect(p.PUBACK, id=id).reason == 0x97


run(daemon.for_test)
