# SPDX-License-Identifier: Apache-2.0
"""readiness.py - what a node waits for before it calls itself ready, and says so"""
import os
import signal

from lib.cluster import Cluster, Node, drain
from lib.tap import config, run, test
from lib.wait import wait_until

N_RETAINED = 5000


def for_test(one):
    return Cluster(**one.config)


def add(nodes, i, **options):
    nodes.nodes.append(Node(i, **options))
    return nodes.nodes[-1]


def await_word(node, pattern, timeout=30):
    wait_until(lambda: node.logged(pattern), timeout, lambda: "%s in %s" % (pattern, node.log()))


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


@test
@config(n=1, join_timeout="300ms")
def who_is_alone_says_that_it_waits_for_an_answer_and_is_ready_in_the_end(nodes):
    node = nodes[1]
    await_word(node, "broker: ready")
    log = node.log()
    assert log.index("listening on") < log.index("waiting for an answer to gossip") < log.index("broker: ready"), log
    assert node.logged("nobody answered within join_timeout"), log


@test
@config(n=1, seeds=())
def who_has_no_seeds_waits_for_nobody(nodes):
    await_word(nodes[1], "broker: ready")
    assert not nodes[1].logged("waiting for"), nodes[1].log()


@test
@config(n=2)
def a_late_joiner_has_all_retained_messages_when_it_is_ready(nodes):
    writer = nodes[1].client("writer")
    for i in range(N_RETAINED):
        writer.publish("r/%d" % i, b"%d" % i, retain=True)
    writer.pinged()
    joiner = add(nodes, 3, join_timeout="1h")   # so it is ready for no other reason
    joiner.spawn().await_ready()
    await_word(joiner, "broker: ready")
    reader = joiner.client("reader")
    reader.subscribed("r/#")
    got = set()
    while len(got) < N_RETAINED:
        packet = reader.receive()
        assert packet.retain, packet
        got.add(packet.topic)
    for name in ("node1", "node2"):
        assert joiner.logged("peer %s up" % name), joiner.log()
    assert not drain(reader)


@test
@config(n=2)
def a_dead_node_is_not_waited_for(nodes):
    dead = nodes.nodes.pop()
    dead.kill()
    dead.close()
    joiner = add(nodes, 3, join_timeout="1h")
    joiner.spawn().await_ready()
    await_word(joiner, "broker: ready")


@test
@config(n=2)
def a_frozen_node_is_waited_for_until_join_timeout_and_named(nodes):
    joiner = add(nodes, 3, join_timeout="3s")
    nodes[2].freeze()
    try:
        joiner.spawn().await_ready()
        await_word(joiner, "broker: ready")
        assert joiner.logged("waiting for .* node2"), joiner.log()
        assert joiner.logged("join_timeout is over: not waiting any longer for .* node2"), joiner.log()
    finally:
        nodes[2].thaw()


@test
@config(n=2)
def the_status_file_says_it_too(nodes):
    path = os.path.join(nodes[1].dir, "status")
    joiner = add(nodes, 3, seeds=(9,), join_timeout="1h", settings={"status_file": path})
    joiner.spawn().await_ready()
    wait_until(lambda: read(path) == "waiting for an answer to gossip\n", 30,
               lambda: "what it waits for, not %r" % read(path))
    joiner.stop()
    assert read(path) is None, read(path)
    joiner.options["seeds"] = nodes[2].options["seeds"]
    joiner.spawn().await_ready()
    wait_until(lambda: read(path) == "ready\n", 30, lambda: "ready, not %r" % read(path))
    joiner.signal(signal.SIGKILL)
    joiner.process.wait()
    assert read(path) == "ready\n"
    joiner.spawn().await_ready()        # and the lie of the one that died is over
    wait_until(lambda: read(path) == "ready\n", 30, lambda: "ready, not %r" % read(path))


run(given=for_test)
