# SPDX-License-Identifier: Apache-2.0
"""neighbours.py - two clients beside one that misbehaves, who notice nothing of it

They send each other QoS 1 messages before, during and after; what they lose, and the memory of the broker, is
printed.
"""
import contextlib
import resource
import socket

from lib.tap import figure


class Neighbours:
    """One publishes, one subscribes; each step of an abuser is followed by a message between them."""

    def __init__(self, broker):
        self.broker, self.steps = broker, 0
        self.reader = broker.client("neighbour-reader")
        self.reader.subscribed("neighbour", qos=1)
        self.writer = broker.client("neighbour-writer")
        self.memory = broker.resident_kib()

    def step(self):
        self.steps += 1
        payload = b"%d" % self.steps
        self.writer.published("neighbour", payload, 1)
        self.reader.taken("neighbour", payload)     # the very next thing it gets

    def tell(self, what, most_kib):
        self.step()
        grown = self.broker.peak_kib() - self.memory
        figure("%s: neighbours lost 0 of %d, memory grew %d KiB at its peak" % (what, self.steps, grown))
        assert grown < most_kib, "memory grew %d KiB" % grown


def raw_connection(broker, data=b""):
    one = socket.create_connection(broker.addresses[0], 10)
    one.sendall(data)
    return one


def wait_closed(one):
    with one, contextlib.suppress(ConnectionError):
        one.settimeout(10)
        while one.recv(1 << 16):
            pass


def allow_descriptors():
    """As many as there may be; returns their number."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
