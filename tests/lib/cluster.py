# SPDX-License-Identifier: Apache-2.0
"""cluster.py - several daemons that are one broker

Each node has a loopback address of its own, made of this process's number, and the
ports of all of them are ones that were free everywhere when the process began.

Relied upon in the log: "cluster: peer NAME up" and "cluster: peer NAME down".
"""
import os
import re
import socket

from lib import packet as p
from lib.daemon import Daemon
from lib.wait import wait_until

ROUNDS = int(os.environ.get("VMQ_ROUNDS", "0"))     # fewer rounds of what is repeated


def address(i):
    pid = os.getpid()
    return "127.%d.%d.%d" % (1 + pid // 250 % 250, 1 + pid % 250, i)


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("0.0.0.0", 0))
        return probe.getsockname()[1]


GOSSIP_PORT, PEER_PORT = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)


def gossip_address(i):
    return "%s:%d" % (address(i), GOSSIP_PORT)


def peer_address(i):
    return "%s:%d" % (address(i), PEER_PORT)


class Node(Daemon):
    """node_id nodeI at address(I); `seeds` are indexes of nodes, or "host:port"."""

    def __init__(self, i, seeds=(1,), settings=None, **options):
        self.i = i
        self.options = {
            "name": "cluster", "node_id": "node%d" % i,
            "gossip_addr": gossip_address(i), "peer_addr": peer_address(i),
            "seeds": [s if isinstance(s, str) else gossip_address(s) for s in seeds],
        }
        self.options.update(options)
        super().__init__(dict({"plugins": [self.options]}, **(settings or {})), "node%d" % i)

    def move(self, i):
        """From its next start on it has another address."""
        self.options.update(gossip_addr=gossip_address(i), peer_addr=peer_address(i))

    def peers(self):
        """The names of peers whose link is up now, by the log."""
        up = set()
        for name, what in re.findall(r"cluster: peer (\S+) (up|down)\b", self.log()):
            (up.add if what == "up" else up.discard)(name)
        return up


def is_mesh(nodes):
    names = {n.name for n in nodes}
    return all(n.peers() >= names - {n.name} for n in nodes)


def await_mesh(nodes, timeout=10):
    """How long it took until each node had a link to each other one, in seconds."""
    return wait_until(lambda: is_mesh(nodes), timeout, lambda: "a full mesh: %s" % {
        n.name: sorted(n.peers()) for n in nodes})[1]


def await_interest(publisher, topic, payload=b"", timeout=10):
    """Publishes until the publisher's node knows of a filter that matches: subscribers get it once.

    Reason 0x10 is "no matching subscribers".
    """
    return wait_until(lambda: publisher.published(topic, payload, 1).reason == 0, timeout,
                      "interest in %s where %s is" % (topic, publisher.socket.getpeername()))[1]


def drain(client):
    """Everything that is on its way before the answer to a ping."""
    client.send(p.PINGREQ_BYTES)
    got = []
    while True:
        packet = client.receive()
        if packet.type == p.PINGRESP:
            return got
        got.append(packet)


def all_retained(node, filter):
    """Payloads by topic, as far as a new subscriber gets them at once."""
    reader = node.client("")
    reader.subscribed(filter)
    got = drain(reader)
    reader.drop()
    return {packet.topic: packet.payload for packet in got}


def retained(node, topic):
    """The payload that a new subscriber gets at once; None: nothing."""
    return all_retained(node, topic).get(topic)


class Cluster:
    def __init__(self, n=3, **how):
        self.nodes = [Node(i + 1, **how) for i in range(n)]

    def __getitem__(self, i):
        """Nodes are counted from 1, as their names are."""
        return self.nodes[i - 1]

    def __enter__(self):
        try:
            for node in self.nodes:
                node.spawn()
            for node in self.nodes:
                node.await_ready()
            await_mesh(self.nodes)
            return self
        except BaseException:
            self.close()
            raise

    def __exit__(self, kind, error, trace):
        """Each node's own end, which also looks for trouble in its log."""
        first = None
        for node in self.nodes:
            try:
                node.__exit__(kind, error, trace)
            except AssertionError as failure:
                first = first or failure
        if first is not None and kind is None:
            raise first

    def close(self):
        for node in self.nodes:
            node.close()


def for_test(one):
    """What a test is handed: three nodes, unless its @config says otherwise."""
    return Cluster(**one.config)
