# SPDX-License-Identifier: Apache-2.0
"""pressure.py - who publishes faster than another node takes is held, and loses nothing"""
import threading

from lib import cluster, packet as p
from lib.tap import config, figure, run, test, within

ROOM = {"limits": {"max_unsent_bytes": "1GiB", "max_queued_messages": "0", "max_queued_bytes": "0"}}
PAYLOAD, COUNT = 32 * 1024, 4000        # 128 MB


def flood(publisher):
    for i in range(COUNT):
        publisher.publish("flood/a", b"%08d" % i + bytes(PAYLOAD - 8))


@test
@within(120)
@config(n=2, settings=ROOM, stuck_timeout="10s", max_unsent_bytes="1MiB")
def a_flood_past_a_link_arrives_whole_and_in_order(nodes):
    reader = nodes[2].client("reader")
    reader.subscribed("flood/#")
    publisher = nodes[1].client("publisher")
    cluster.await_interest(publisher, "flood/probe")
    reader.expect_publish("flood/probe")
    writer = threading.Thread(target=flood, args=(publisher,), daemon=True)
    writer.start()
    for i in range(COUNT):
        message = reader.expect(p.PUBLISH, timeout=30)
        assert message.payload[:8] == b"%08d" % i, message.payload[:8]
    writer.join(30)
    assert not nodes[1].logged("messages are dropped"), nodes[1].log()
    publisher.pinged()      # and is heard again
    figure("128 MB past a link that keeps 1 MiB: none lost, memory %d and %d KiB" % (
        nodes[1].resident_kib(), nodes[2].resident_kib()))


@test
@within(60)
@config(n=2, settings=ROOM, max_unsent_bytes="2MiB")
def a_node_that_takes_nothing_holds_nobody_for_long(nodes):
    reader = nodes[2].client("reader")
    reader.subscribed("flood/#")
    publisher = nodes[1].client("publisher")
    cluster.await_interest(publisher, "flood/probe")
    nodes[2].freeze()
    try:
        flood(publisher)    # what is too much is dropped
        publisher.pinged()
        assert nodes[1].logged("messages are dropped"), nodes[1].log()
    finally:
        nodes[2].thaw()


run(given=cluster.for_test)
