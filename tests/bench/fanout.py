#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fanout.py - what a delivered message costs: QoS 0, one publisher, 10 to 1000 subscribers

"One at a time": each message is with everybody before the next is published, so that the broker writes
one message to a socket. "Under load": a hundred arrive in one read. CPU time is all that the broker's
threads used, user and system, beside mosquitto in the same run if it is installed. Instructions are
callgrind's, which repeat: of two runs that differ only in how many messages were published, the difference.

    fanout.py [--instructions] [fan-out ...]
"""
import glob
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile

from lib import packet as p
from lib.daemon import Daemon, die_with_parent
from lib.wait import wait_until

PAYLOAD = b"x" * 64
BATCH = 100         # messages in one write of the publisher, under load
TOPIC = "bench/fanout"


class Vibemqd(Daemon):
    """As it is, or under a tool."""
    tool = []

    def spawn(self, arguments=()):
        if not self.tool:
            return super().spawn(arguments)
        build = os.environ["VMQ_TOP_BUILDDIR"]
        config = os.path.join(self.dir, "vibemqd.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("workers: 1\nlisteners: [{address: 127.0.0.1:0}]\n")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.tool + [os.path.join(build, "vibemqd"), "-c", config],
                                            stdout=log, stderr=log, preexec_fn=die_with_parent)
        return self

    def await_ready(self, timeout=60):
        return super().await_ready(timeout)

    def cpu_s(self):
        return cpu_s(self.process.pid)


class Mosquitto:
    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = probe.getsockname()
        self.dir = tempfile.mkdtemp(prefix="mosquitto-")
        config = os.path.join(self.dir, "mosquitto.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write("listener %d 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n" % self.address[1])
        self.process = subprocess.Popen([find_mosquitto(), "-c", config], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        self.addresses = [self.address]
        wait_until(self.is_open, 10, "mosquitto")
        return self

    def is_open(self):
        try:
            socket.create_connection(self.address).close()
            return True
        except ConnectionRefusedError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.dir)

    def cpu_s(self):
        return cpu_s(self.process.pid)


def find_mosquitto():
    return shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")


def cpu_s(pid):
    """Nanoseconds on a CPU, of all threads."""
    total = 0
    for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
        with open(path, encoding="utf-8") as file:
            total += int(file.read().split()[0])
    return total / 1e9


class Load:
    """Subscribers, a publisher, and a count of the bytes that came."""

    def __init__(self, address, fanout):
        self.selector = selectors.DefaultSelector()
        self.publisher = self.open(address, "publisher")
        self.subscribers = [self.open(address, "s%d" % i) for i in range(fanout)]
        for one in self.subscribers:
            one.sendall(p.subscribe(4, 1, (TOPIC, 0)))
            assert len(one.recv(64)) == 5, "SUBACK"
            one.setblocking(False)
            self.selector.register(one, selectors.EVENT_READ)
        self.message = p.publish(4, TOPIC, PAYLOAD)

    def open(self, address, name):
        one = socket.create_connection(address)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.sendall(p.connect(4, name))
        assert len(one.recv(64)) == 4, "CONNACK"
        return one

    def publish(self, messages, batch):
        """In batches, each of which everybody has before the next one."""
        while messages > 0:
            n = min(messages, batch)
            self.publisher.sendall(self.message * n)
            self.await_bytes(n * len(self.message) * len(self.subscribers))
            messages -= n

    def await_bytes(self, expected):
        while expected > 0:
            ready = self.selector.select(30)
            assert ready, "%d bytes did not come" % expected
            for key, _ in ready:
                expected -= len(key.fileobj.recv(1 << 18))

    def close(self):
        for one in [self.publisher] + self.subscribers:
            one.close()


def cpu_per_delivery(broker, fanout, batch):
    """Microseconds."""
    messages = max(200, (400000 if batch > 1 else 100000) // fanout // BATCH * BATCH)
    with broker as running:
        load = Load(running.addresses[0], fanout)
        load.publish(BATCH, batch)
        before = running.cpu_s()
        load.publish(messages, batch)
        used = running.cpu_s() - before
        load.close()
    return used / (messages * fanout) * 1e6


def instructions(fanout, messages, batch):
    """All that a broker ran from its start to its end."""
    out = tempfile.mktemp(prefix="callgrind-")
    broker = Vibemqd()
    broker.tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out]
    with broker as running:
        load = Load(running.addresses[0], fanout)
        load.publish(messages, batch)
        load.close()
    with open(out, encoding="utf-8") as file:
        total = int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M).group(1))
    os.unlink(out)
    return total


def instructions_per_delivery(fanout, batch):
    few, many = BATCH, 3 * BATCH
    return (instructions(fanout, many, batch) - instructions(fanout, few, batch)) / ((many - few) * fanout)


def main():
    fanouts = [int(a) for a in sys.argv[1:] if a.isdigit()] or [10, 100, 1000]
    count = "--instructions" in sys.argv and shutil.which("valgrind")
    print("CPU time and instructions per delivered message of %d bytes, QoS 0\n" % len(PAYLOAD))
    print("%-14s %8s %12s %14s %7s%s" % ("", "fan-out", "vibemqd, us", "mosquitto, us", "ratio",
                                         "  instructions" if count else ""))
    for name, batch in (("one at a time", 1), ("under load", BATCH)):
        for fanout in fanouts:
            ours = cpu_per_delivery(Vibemqd({"workers": 1}), fanout, batch)
            theirs = cpu_per_delivery(Mosquitto(), fanout, batch) if find_mosquitto() else None
            print("%-14s %8d %12.2f %14s %7s%s" % (
                name, fanout, ours, "%.2f" % theirs if theirs else "-",
                "%.1f" % (theirs / ours) if theirs else "-",
                "%14d" % instructions_per_delivery(fanout, batch) if count else ""), flush=True)


main()
