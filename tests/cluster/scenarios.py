# SPDX-License-Identifier: Apache-2.0
"""scenarios.py - the cluster example's promises, with the programs that users use

mosquitto_pub and mosquitto_sub against three real nodes.
"""
import shutil
import subprocess

from lib import cluster
from lib.tap import PATIENCE, config, run, skip, test
from lib.wait import wait_until


def need_clients():
    if not shutil.which("mosquitto_sub") or not shutil.which("mosquitto_pub"):
        skip("mosquitto_sub and mosquitto_pub are not installed: apt-get install mosquitto-clients")


def pub(node, *arguments):
    host, port = node.addresses[0]
    subprocess.run(["mosquitto_pub", "-h", host, "-p", str(port), *arguments], check=True,
                   timeout=20 * PATIENCE)


class Sub:
    """mosquitto_sub -v that has subscribed; lines() is what it printed.

    SUBACK is this node's word alone: the others hear of the filter a moment later. `probe` is a topic of the
    filter; it is published on each node of `far` until that node knows of the filter.
    """

    def __init__(self, node, topic, count, probe=None, far=()):
        host, port = node.addresses[0]
        self.probe = probe
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", "-h", host, "-p", str(port), "-t", topic, "-v", "-d",
             "-C", str(count + len(far)), "-W", "%d" % (20 * PATIENCE)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if "SUBACK" in line or line.startswith("Subscribed"):
                break
        for other in far:
            cluster.await_interest(other.client(), probe)

    def lines(self):
        out = self.process.stdout.read()    # to the end: -C and -W see to that
        self.process.wait()
        return [l for l in out.splitlines()
                if not l.startswith(("Client ", "Subscribed")) and l.split(" ")[0] != self.probe]


@test
def a_message_published_on_node2_reaches_a_subscriber_on_node1(nodes):
    need_clients()
    sub = Sub(nodes[1], "test/#", 1, "test/probe", [nodes[2]])
    pub(nodes[2], "-t", "test/hello", "-m", "Hello from node2!")
    assert sub.lines() == ["test/hello Hello from node2!"]


@test
def everything_published_on_node3_reaches_a_subscriber_to_all_on_node1(nodes):
    need_clients()
    sub = Sub(nodes[1], "#", 1, "probe", [nodes[3]])
    pub(nodes[3], "-t", "sensors/temp", "-m", "25.5")
    assert sub.lines() == ["sensors/temp 25.5"]


@test
def a_retained_message_reaches_who_subscribes_later_elsewhere(nodes):
    need_clients()
    pub(nodes[2], "-t", "status/node2", "-m", "online", "-r", "-q", "1")
    for i in (1, 3):
        wait_until(lambda: cluster.retained(nodes[i], "status/node2") == b"online", 10, "it on node%d" % i)
    assert Sub(nodes[1], "status/#", 1).lines() == ["status/node2 online"]
    assert Sub(nodes[3], "status/#", 1).lines() == ["status/node2 online"]


@test
def when_node2_is_stopped_the_others_go_on(nodes):
    need_clients()
    nodes[2].stop()
    sub = Sub(nodes[1], "test/#", 1, "test/probe", [nodes[3]])
    pub(nodes[3], "-t", "test/failover", "-m", "still working")
    assert sub.lines() == ["test/failover still working"]


@test
def when_node2_is_killed_the_others_go_on(nodes):
    need_clients()
    nodes[2].kill()
    sub = Sub(nodes[1], "test/#", 1, "test/probe", [nodes[3]])
    pub(nodes[3], "-t", "test/failover", "-m", "still working")
    assert sub.lines() == ["test/failover still working"]


@test
@config(n=5)
def scaling_up_and_down_leaves_one_broker(nodes):
    need_clients()
    sub = Sub(nodes[1], "scaled/#", 5, "scaled/probe", nodes.nodes[1:])
    for node in nodes.nodes:
        pub(node, "-t", "scaled/" + node.name, "-m", "here")
    assert sorted(sub.lines()) == ["scaled/node%d here" % i for i in range(1, 6)]
    nodes[4].stop()
    nodes[5].stop()
    sub = Sub(nodes[2], "scaled/#", 2, "scaled/probe", [nodes[1], nodes[3]])
    pub(nodes[1], "-t", "scaled/1", "-m", "here")
    pub(nodes[3], "-t", "scaled/3", "-m", "here")
    assert sorted(sub.lines()) == ["scaled/1 here", "scaled/3 here"]


@test
def a_publish_reaches_the_node_that_wants_it_once_and_no_other_client(nodes):
    want, other = nodes[2].client("want"), nodes[3].client("other")
    publisher = nodes[1].client("publisher")
    for topic, client in (("only/node2", want), ("only/node3", other)):
        client.subscribed(topic)
        cluster.await_interest(publisher, topic)
        client.expect_publish(topic, b"")
    for i in range(10):
        publisher.published("only/node2", b"%d" % i, 1)
    publisher.published("only/node2", b"end", 1)
    publisher.published("only/node3", b"end", 1)
    for payload in [b"%d" % i for i in range(10)] + [b"end"]:
        want.expect_publish("only/node2", payload)
    other.expect_publish("only/node3", b"end")


run(given=cluster.for_test)
