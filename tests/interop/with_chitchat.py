# SPDX-License-Identifier: Apache-2.0
"""with_chitchat.py - nodes of the published chitchat crate, 0.9, 0.10 and 0.13, beside a real vibemqd

chitchat-peer gossips and has no link: where it says "peer_addr", a door of this test's own answers, so that
what vibemqd makes of its keys is seen by who is dialled and what is sent there.

The programs are built by cargo, once for all build trees that name the same VMQ_CARGO_DIR. Without cargo,
or where crates cannot be fetched, each test is skipped and says why.
"""
import os
import re
import shutil
import socket
import struct
import subprocess
import sys

import wire
from lib import cluster, tap
from lib.cluster import Node
from lib.daemon import BUILD
from lib.partner import Partner
from lib.tap import PATIENCE, diagnose, run, skip
from lib.wait import wait_until

INTERVAL_MS = 200
FEATURES = {"0.9": "v09", "0.10": "v010", "0.13": "v013"}
HERE = os.path.dirname(os.path.abspath(__file__))
CRATE = os.path.join(HERE, "chitchat-peer")
TARGET = os.environ.get("VMQ_CARGO_DIR") or os.path.join(BUILD, "cargo")
OLDEST_CARGO = (1, 85)      # that the locked crates build with


# ---- the programs

def program(version):
    return os.path.join(TARGET, "chitchat-peer-" + version)


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments, "--locked", "--manifest-path", os.path.join(CRATE, "Cargo.toml")],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def reason(text):
    """The line that says it, of all that cargo says."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no word"]
    return next((line for line in lines if line.startswith("error")), lines[-1])


def is_newer_than_the_sources(path):
    sources = [os.path.join(CRATE, *parts) for parts in (["Cargo.toml"], ["Cargo.lock"], ["src", "main.rs"])]
    return os.path.exists(path) and all(os.path.getmtime(path) > os.path.getmtime(s) for s in sources)


def prepare():
    """Builds what is not there; returns why that cannot be."""
    if all(is_newer_than_the_sources(program(version)) for version in FEATURES):
        return None
    if not shutil.which("cargo"):
        return "cargo is not here: real chitchat nodes were not tried"
    found = subprocess.run(["cargo", "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    match = re.match(r"cargo (\d+)\.(\d+)", found.stdout)
    if not match or tuple(map(int, match.groups())) < OLDEST_CARGO:
        return "cargo %d.%d or later is needed, here: %s" % (*OLDEST_CARGO, reason(found.stdout))
    os.makedirs(TARGET, exist_ok=True)
    fetched = cargo("fetch")
    if fetched.returncode:
        return "crates cannot be fetched: " + reason(fetched.stdout)
    for version, feature in FEATURES.items():
        built = cargo("build", "--release", "--offline", "--target-dir", TARGET, "--no-default-features",
                      "--features", feature)
        assert built.returncode == 0, built.stdout
        os.replace(os.path.join(TARGET, "release", "chitchat-peer"), program(version))
    return None


# ---- the door

class Door:
    """A listener where nodes are dialled, which answers as a node of VibeMQ does."""

    def __init__(self, address, node_id):
        host, port = address.rsplit(":", 1)
        self.node_id = node_id
        self.listener = socket.create_server((host, int(port)))
        self.listener.settimeout(15 * PATIENCE)
        self.link, self.unread = None, b""

    def frame(self):
        while True:
            while len(self.unread) < 4 or len(self.unread) < 4 + struct.unpack(">I", self.unread[:4])[0]:
                more = self.link.recv(1 << 16)
                assert more, "the link is closed"
                self.unread += more
            size, = struct.unpack(">I", self.unread[:4])
            frame, self.unread = wire.dec_peer(self.unread[4:4 + size]), self.unread[4 + size:]
            if frame["kind"] != wire.PING:
                return frame

    def answer(self):
        """Takes one call; who calls says Hello."""
        self.link, _ = self.listener.accept()
        self.link.settimeout(15 * PATIENCE)
        hello = self.frame()
        assert (hello["kind"], hello["version"]) == (wire.HELLO, 1), hello
        self.link.sendall(wire.peer(wire.HELLO_ACK, node_id=self.node_id, version=1))
        return hello["node_id"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in (self.link, self.listener):
            if one is not None:
                one.close()


# ---- what a test is handed

class Meeting:
    def __init__(self, _):
        if missing:
            skip(missing)
        self.node = Node(1, seeds=[], gossip_interval="%dms" % INTERVAL_MS, settings={"log": {"level": "debug"}})
        self.others = []

    def start(self, version, name="cc", i=9, *options, **keys):
        self.others.append(Partner(name, [
            program(version), "--listen", cluster.gossip_address(i), "--seed", cluster.gossip_address(1),
            "--node-id", name, "--interval-ms", str(INTERVAL_MS), *options,
            *(word for kv in keys.items() for word in ("--set", "%s=%s" % kv))]))
        self.others[-1].await_event("ready")
        return self.others[-1]

    def open_door(self, i, node_id="cc"):
        self.others.append(Door(cluster.peer_address(i), node_id))
        return self.others[-1]

    def await_logged(self, pattern, times=1):
        wait_until(lambda: len(re.findall(pattern, self.node.log())) >= times, 20,
                   lambda: "%s in the log: %s" % (pattern, self.node.log()[-3000:]))

    def __enter__(self):
        self.node.__enter__()
        return self

    def __exit__(self, *what):
        for one in self.others:
            one.__exit__(*what)
        self.node.__exit__(*what)


def state_of(partner, name):
    """What it knows of the latest life of a node; None: nothing."""
    partner.tell("state")
    state = partner.await_event("state")
    lives = [n for n in state["nodes"] if n["id"]["node_id"] == name]
    return max(lives, key=lambda n: n["id"]["generation"], default=None)


def await_key(partner, key, value, name="node1"):
    def is_there():
        node = state_of(partner, name)
        return node and any(kv["key"] == key and kv["value"] == value for kv in node["kvs"])
    wait_until(is_there, 20, lambda: "%s = %s of %s at %s, which said: %s" % (
        key, value, name, partner.name, partner.tail()))


def names(nodes):
    return {(n["id"] if "id" in n else n)["node_id"] for n in nodes}


def await_alive(partner, *wanted):
    """Exactly these are alive for it, oneself among them."""
    def asked():
        partner.tell("live")
        return partner.take("live", lambda e: names(e["nodes"]) == set(wanted))
    wait_until(asked, 20, lambda: "%s alive for %s, which said: %s" % (wanted, partner.name, partner.tail()))


def each_version(function):
    for version in FEATURES:
        tap.tests.append(tap.Test(function, (version,), " (chitchat %s)" % version))
    return function


# ---- the tests

@each_version
def it_sees_keys_life_and_changes_of_ours(meeting, version):
    other = meeting.start(version)
    await_key(other, "peer_addr", cluster.peer_address(1))
    await_key(other, "subscriptions", "[]")
    await_alive(other, "cc", "node1")
    client = meeting.node.client("s")
    client.subscribed("a/+")
    await_key(other, "subscriptions", '["a/+"]')
    client.subscribed("b/#")
    await_key(other, "subscriptions", '["a/+","b/#"]')
    client.disconnect()
    await_key(other, "subscriptions", "[]")


@each_version
def ours_sees_its_keys_life_and_changes(meeting, version):
    door, publisher = meeting.open_door(9), meeting.node.client("p")
    other = meeting.start(version, peer_addr=cluster.peer_address(9), subscriptions='["first/#"]')
    assert door.answer() == "node1"
    meeting.await_logged("node cc is alive")
    meeting.await_logged("peer cc up at %s .reference" % re.escape(cluster.peer_address(9)))
    cluster.await_interest(publisher, "first/x", b"first")
    frame = door.frame()
    assert (frame["topic"], frame["payload"], frame["origin_node"]) == ("first/x", b"first", "node1"), frame

    other.tell("set", "subscriptions", '["second/+"]')
    cluster.await_interest(publisher, "second/x", b"second")
    assert door.frame()["payload"] == b"second"
    assert publisher.published("first/x", b"", 1).reason == 0x10

    elsewhere = meeting.open_door(19)
    other.tell("set", "peer_addr", cluster.peer_address(19))
    assert elsewhere.answer() == "node1"
    meeting.await_logged("peer cc up at %s .reference" % re.escape(cluster.peer_address(19)))
    assert publisher.published("second/y", b"moved", 1).reason == 0
    assert elsewhere.frame()["payload"] == b"moved"


@each_version
def it_sees_our_death_and_our_return(meeting, version):
    other = meeting.start(version)
    await_key(other, "peer_addr", cluster.peer_address(1))
    await_alive(other, "cc", "node1")
    meeting.node.kill()
    await_alive(other, "cc")
    meeting.node.start()        # it knows no seed: the other has not forgotten where it was
    await_key(other, "peer_addr", cluster.peer_address(1))
    await_alive(other, "cc", "node1")


@each_version
def ours_sees_its_death_and_its_return(meeting, version):
    publisher = meeting.node.client("p")
    keys = {"peer_addr": cluster.peer_address(9), "subscriptions": '["of/cc"]'}
    with Door(cluster.peer_address(9), "cc") as door:
        other = meeting.start(version, **keys)
        door.answer()
        meeting.await_logged("node cc is alive")
        cluster.await_interest(publisher, "of/cc")
        other.kill()
    meeting.await_logged("node cc gossips no more")
    wait_until(lambda: publisher.published("of/cc", b"", 1).reason == 0x10, 20, "the end of its interest")
    door = meeting.open_door(9)
    meeting.start(version, **keys)
    door.answer()
    meeting.await_logged("node cc is alive", times=2)
    cluster.await_interest(publisher, "of/cc", b"again")
    while door.frame()["payload"] != b"again":
        pass


@each_version
def what_it_deletes_is_gone_and_what_follows_is_not_lost(meeting, version):
    """Tombstones and values with a lifetime, collected by it and by us at other times."""
    door, publisher = meeting.open_door(9), meeting.node.client("p")
    other = meeting.start(version, "cc", 9, "--tombstone-ms", "500", peer_addr=cluster.peer_address(9),
                          subscriptions='["first"]', gone="soon")
    door.answer()
    cluster.await_interest(publisher, "first")
    other.tell("delete", "gone")
    other.tell("setttl", "brief", "value")
    other.tell("set", "subscriptions", '["second"]')
    cluster.await_interest(publisher, "second")
    other.tell("delete", "brief")

    wait_until(lambda: {kv["key"] for kv in state_of(other, "cc")["kvs"]} == {"peer_addr", "subscriptions"},
               20, "its tombstones collected")
    other.tell("set", "subscriptions", '["third"]')
    cluster.await_interest(publisher, "third", b"third")
    frames = [door.frame() for _ in range(3)]
    assert frames[2]["payload"] == b"third", frames


def all_versions_are_one_cluster(meeting):
    """Through ours alone each hears of the others: it is everybody's only seed."""
    others = {"cc" + v: meeting.start(v, "cc" + v, 9 + i, role=v) for i, v in enumerate(FEATURES)}
    everybody = set(others) | {"node1"}
    for name, other in others.items():
        for version in FEATURES:
            if name != "cc" + version:
                await_key(other, "role", version, "cc" + version)
        await_alive(other, *everybody)


def a_node_that_speaks_protocol_version_1_is_answered_in_it(meeting):
    other = meeting.start("0.13", "cc", 9, "--protocol", "1", "--trace", subscriptions='["v1/#"]')
    other.await_event("received", lambda e: e["version"] == 1 and "SynAck" in e["debug"])
    await_key(other, "peer_addr", cluster.peer_address(1))
    await_alive(other, "cc", "node1")
    meeting.await_logged("node cc is alive")


for one in (all_versions_are_one_cluster, a_node_that_speaks_protocol_version_1_is_answered_in_it):
    tap.test(one)
missing = None if "--list" in sys.argv else prepare()
if missing:
    diagnose("SKIPPED: " + missing)
run(given=Meeting)
