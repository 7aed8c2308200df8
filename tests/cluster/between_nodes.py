# SPDX-License-Identifier: Apache-2.0
"""between_nodes.py - what must hold between nodes, measured

Figures are printed for people to compare. Bounds that are asserted are far wider than
what is expected: a shared machine may be slow, a broken promise is never a little late.
"""
import random
import statistics
import time

from lib import acl, cluster, packet as p
from lib.tap import config, figure, run, test, within
from lib.wait import wait_until


def milliseconds(seconds):
    return "%.1f ms" % (seconds * 1000)


# ---- the mesh

@test
@within(300)
@config(n=0)
def three_nodes_find_each_other_in_whatever_order_they_start(_):
    rounds, times = cluster.ROUNDS or 50, []
    for seed in range(rounds):
        order = [1, 2, 3]
        random.Random(seed).shuffle(order)
        nodes = {i: cluster.Node(i) for i in order}
        try:
            started = time.monotonic()
            for i in order:
                nodes[i].spawn()
            cluster.await_mesh(list(nodes.values()), 30)
            times.append(time.monotonic() - started)
            for node in nodes.values():
                node.stop()
        finally:
            for node in nodes.values():
                node.close()
    figure("%d starts of three nodes: full mesh after %s (median), %s (worst)" % (
        rounds, milliseconds(statistics.median(times)), milliseconds(max(times))))


def seconds_until_whole_after_a_restart(nodes, node):
    for other in nodes.nodes:
        wait_until(lambda: node.name not in other.peers(), 10, "the end of the link to " + node.name)
    started = time.monotonic()
    node.start()
    cluster.await_mesh(nodes.nodes, 30)
    return time.monotonic() - started


@test
def a_killed_node_that_comes_back_is_whole_again(nodes):
    nodes[2].kill()
    took = seconds_until_whole_after_a_restart(nodes, nodes[2])
    figure("a killed node came back: full mesh %s after its start" % milliseconds(took))
    subscriber = nodes[2].client("s")
    subscriber.subscribed("back/#")
    publisher = nodes[1].client("p")
    cluster.await_interest(publisher, "back/x")
    subscriber.expect_publish("back/x", b"")


@test
def a_killed_node_that_comes_back_with_another_address_is_whole_again(nodes):
    nodes[2].kill()
    nodes[2].move(12)
    took = seconds_until_whole_after_a_restart(nodes, nodes[2])
    figure("a node came back with another address: full mesh %s after its start" % milliseconds(took))
    subscriber = nodes[2].client("s")
    subscriber.subscribed("moved/#")
    publisher = nodes[1].client("p")
    cluster.await_interest(publisher, "moved/x")
    subscriber.expect_publish("moved/x", b"")


# ---- interest

@test
def a_filter_is_in_force_on_every_peer_right_after_its_suback(nodes):
    times = []
    publishers = [nodes[2].client("p2"), nodes[3].client("p3")]
    for i in range(cluster.ROUNDS * 10 or 50):
        topic = "force/%d" % i
        subscriber = nodes[1].client("s%d" % i)
        subscriber.subscribed(topic, qos=1)
        started = time.monotonic()
        for publisher in publishers:
            cluster.await_interest(publisher, topic, b"x")
        times.append(time.monotonic() - started)
        subscriber.drop()
    figure("a filter was in force on both peers %s (median), %s (worst) after its SUBACK" % (
        milliseconds(statistics.median(times)), milliseconds(max(times))))


@test
def nothing_is_lost_once_a_filter_is_in_force(nodes):
    subscriber = nodes[1].client("s")
    subscriber.subscribed("all/#", qos=1)
    publisher = nodes[2].client("p")
    cluster.await_interest(publisher, "all/first")
    subscriber.taken("all/first", b"")
    for i in range(1000):
        publisher.publish("all/n", b"%d" % i, 1)
    for i in range(1000):
        subscriber.taken("all/n", b"%d" % i)


@test
def one_clients_leaving_does_not_cut_off_another(nodes):
    stays, leaves, goes = (nodes[1].client(name) for name in ("stays", "leaves", "goes"))
    for client in (stays, leaves, goes):
        client.subscribed("shared/filter", qos=1)
    publisher = nodes[2].client("p")
    cluster.await_interest(publisher, "shared/filter", b"0")
    stays.taken("shared/filter", b"0")
    leaves.taken("shared/filter", b"0")
    leaves.unsubscribed("shared/filter")
    goes.taken("shared/filter", b"0")
    goes.disconnect()
    stays.subscribed("shared/behind", qos=1)    # what is told of a filter is told in order
    cluster.await_interest(publisher, "shared/behind")
    stays.taken("shared/behind", b"")
    assert publisher.published("shared/filter", b"1", 1).reason == 0
    stays.taken("shared/filter", b"1")


@test
def a_filter_whose_last_subscriber_left_is_withdrawn(nodes):
    publisher = nodes[2].client("p")
    for way in ("unsubscribe", "disconnect", "drop"):
        topic = "withdrawn/" + way
        subscriber = nodes[1].client("s-" + way)
        subscriber.subscribed(topic)
        cluster.await_interest(publisher, topic)
        subscriber.expect_publish(topic, b"")
        if way == "unsubscribe":
            subscriber.unsubscribed(topic)
        elif way == "disconnect":
            subscriber.disconnect()
        else:
            subscriber.drop()
        _, took = wait_until(lambda: publisher.published(topic, b"", 1).reason == 0x10, 10, "no filter")
        figure("withdrawn by %s: %s" % (way, milliseconds(took)))


@test
@within(120)
def ten_thousand_filters_of_a_node_are_reachable_from_the_others(nodes):
    subscriber = nodes[1].client("s")
    n = 10000
    for start in range(0, n, 100):
        subscriber.subscribed(*["filters/of/node1/number/%05d" % i for i in range(start, start + 100)], qos=1)
    publisher = nodes[2].client("p")
    last = "filters/of/node1/number/%05d" % (n - 1)
    cluster.await_interest(publisher, last, timeout=30)
    subscriber.taken(last, b"")
    for i in range(0, n, 7):
        topic = "filters/of/node1/number/%05d" % i
        assert publisher.published(topic, b"", 1).reason == 0, topic
        subscriber.taken(topic, b"")


# ---- messages

@test
def payloads_up_to_max_packet_size_cross(nodes):
    subscriber = nodes[1].client("s")
    subscriber.subscribed("large/#", qos=1)
    publisher = nodes[2].client("p")
    cluster.await_interest(publisher, "large/first")
    subscriber.taken("large/first", b"")
    for size in (60000, 65536, 200000, (1 << 20) - 64):
        payload = random.Random(size).randbytes(size)
        publisher.published("large/n", payload, 1)
        subscriber.taken("large/n", payload)


@test
def properties_survive_the_way(nodes):
    subscriber = nodes[1].client("s")
    subscriber.subscribed("props", qos=1)
    publisher = nodes[2].client("p")
    cluster.await_interest(publisher, "props", b"first")
    subscriber.taken("props", b"first")
    properties = {"content_type": "text/plain", "response_topic": "answer/here", "correlation_data": b"\x00\x01",
                  "user_property": [("a", "b"), ("a", "c")], "payload_format_indicator": 1,
                  "message_expiry_interval": 60}
    publisher.published("props", b"x", 1, properties=properties)
    got = subscriber.taken("props", b"x").properties
    assert 50 <= got.pop("message_expiry_interval") <= 60
    properties.pop("message_expiry_interval")
    assert got == properties, got


@test
def every_quality_of_service_crosses_in_order(nodes):
    for qos in (0, 1, 2):
        subscriber = nodes[1].client("s%d" % qos)
        subscriber.subscribed("qos%d/#" % qos, qos=qos)
        publisher = nodes[2].client("p%d" % qos)
        topic = "qos%d/x" % qos
        cluster.await_interest(publisher, topic)
        subscriber.taken(topic, b"")
        for i in range(50):
            publisher.published(topic, b"%d" % i, qos)
            packet = subscriber.taken(topic, b"%d" % i)
            assert packet.qos == qos and not packet.retain


def round_trips(publisher, subscriber, topic, n):
    times = []
    for i in range(n):
        started = time.monotonic()
        publisher.publish(topic, b"%d" % i, 1)
        subscriber.taken(topic, b"%d" % i)
        times.append(time.monotonic() - started)
        publisher.expect_ack(p.PUBACK, publisher.next_id)
    return statistics.median(times)


@test
def the_way_across_is_hardly_longer_than_the_way_within(nodes):
    local, remote = nodes[1].client("local"), nodes[2].client("remote")
    local.subscribed("here", qos=1)
    remote.subscribed("there", qos=1)
    publisher = nodes[1].client("p")
    cluster.await_interest(publisher, "there")
    remote.taken("there", b"")
    within_node = round_trips(publisher, local, "here", 200)
    across = round_trips(publisher, remote, "there", 200)
    figure("QoS 1 latency, idle: %s within a node, %s across" % (milliseconds(within_node), milliseconds(across)))
    assert across < within_node + 0.03, "a delayed acknowledgement costs 40 ms"


# ---- $SYS

@test
@config(settings={"sys_interval": "100ms"})
def what_a_node_says_of_itself_stays_with_it(nodes):
    """Neither live, though node2 has a subscriber, nor retained, though node4 is pushed all there is."""
    crowd = [nodes[1].client("c%d" % i) for i in range(5)]
    watcher = nodes[2].client("watcher")
    watcher.subscribed("$SYS/broker/clients/connected", "$SYS/broker/bytes/sent")
    late = cluster.Node(4, settings={"sys_interval": "0s"})
    nodes.nodes.append(late)
    late.start()
    cluster.await_mesh(nodes.nodes, 30)
    crowd[0].published("kept", b"x", 1, retain=True)
    wait_until(lambda: cluster.retained(late, "kept") == b"x", 10, "the push")
    assert cluster.retained(late, "$SYS/#") is None
    for _ in range(10):
        packet = watcher.expect(p.PUBLISH)
        assert packet.topic.endswith("bytes/sent") or int(packet.payload) < 5, packet.payload
    for node in nodes.nodes:
        assert not node.logged("may not be published")


# ---- retained messages

@test
def a_retained_message_is_on_every_node_though_nobody_was_subscribed(nodes):
    nodes[2].client("p").published("kept/everywhere", b"yes", 1, retain=True)
    for node in nodes.nodes:
        wait_until(lambda: cluster.retained(node, "kept/everywhere") == b"yes", 10, "it on " + node.name)


@test
def a_node_that_joins_later_gets_all_retained_messages(nodes):
    publisher = nodes[1].client("p")
    for i in range(500):
        publisher.published("late/%d" % i, b"%d" % i, 1, retain=True)
    publisher.published("late/7", b"", 1, retain=True)
    late = cluster.Node(4)
    nodes.nodes.append(late)
    late.start()
    cluster.await_mesh(nodes.nodes, 30)
    wanted = {"late/%d" % i: b"%d" % i for i in range(500) if i != 7}
    _, took = wait_until(lambda: cluster.all_retained(late, "late/#") == wanted, 10, "all of them on node4")
    figure("%d retained messages were on a new node %s after the mesh" % (len(wanted), milliseconds(took)))


@test
def a_cleared_topic_stays_cleared_when_an_old_copy_comes_back(nodes):
    publisher = nodes[1].client("p")
    publisher.published("cleared", b"old", 1, retain=True)
    wait_until(lambda: cluster.retained(nodes[2], "cleared") == b"old", 10, "the message on node2")
    nodes[2].freeze()
    publisher.published("cleared", b"", 1, retain=True)
    wait_until(lambda: cluster.retained(nodes[3], "cleared") is None, 10, "the clearing on node3")
    nodes[2].thaw()
    wait_until(lambda: cluster.retained(nodes[2], "cleared") is None, 20, "the clearing on node2")
    assert cluster.retained(nodes[1], "cleared") is None


@test
@within(60)
@config(n=0)
def whether_a_retained_message_may_still_be_published_is_asked_where_it_was(_):
    nodes = cluster.Cluster(2)
    for node in nodes.nodes:
        node.settings["plugins"].append(acl.plugin(node))
    with nodes:
        nodes[1].client("writer").published("lose/x", b"x", 1, retain=True)
        wait_until(lambda: cluster.retained(nodes[2], "lose/x") == b"x", 10, "the message on node2")
        for node in nodes.nodes:
            acl.allow(node, "keep/#")
        assert cluster.retained(nodes[1], "lose/x") is None
        assert cluster.retained(nodes[2], "lose/x") == b"x", "node2 does not know who published it"

        # Nor does node1, when it has it back from node2.
        nodes[1].stop()
        wait_until(lambda: not nodes[2].peers(), 10, "the end of the link to node1")
        nodes[1].start()
        wait_until(lambda: cluster.retained(nodes[1], "lose/x") == b"x", 20, "the message on node1")


# ---- trouble

@test
@within(120)
def a_frozen_node_delays_no_other_and_costs_bounded_memory(nodes):
    frozen = nodes[2].client("frozen")
    frozen.subscribed("flood/#")
    other = nodes[3].client("other")
    other.subscribed("+/x", qos=1)
    publisher = nodes[1].client("p")
    cluster.await_interest(publisher, "flood/of/node2")
    cluster.await_interest(publisher, "other/x")
    other.taken("other/x", b"")
    before = nodes[1].resident_kib()
    nodes[2].freeze()
    payload, longest = b"x" * 50000, 0
    try:
        for i in range(1500):
            started = time.monotonic()
            publisher.published("flood/x", payload, 1)
            other.taken("flood/x", payload)
            longest = max(longest, time.monotonic() - started)
        after = nodes[1].resident_kib()
    finally:
        nodes[2].thaw()
    figure("75 MB past a frozen node: longest delay of another %s, memory %d to %d KiB" % (
        milliseconds(longest), before, after))
    assert after - before < 60000, "its memory grows with what a frozen node does not read"


@test
def a_stopping_node_says_goodbye_to_clients_and_peers(nodes):
    client = nodes[2].client("c")
    will = p.Will("will/of/client", b"gone")
    witness = nodes[1].client("w")
    witness.subscribed("will/#")
    willing = nodes[2].open()
    willing.connected("willing", will=will)
    probe = nodes[2].client("probe")
    cluster.await_interest(probe, "will/probe")
    witness.expect_publish("will/probe", b"")
    nodes[2].stop()
    client.expect_closed(0x8B)
    witness.expect_publish("will/of/client", b"gone")
    for node in (nodes[1], nodes[3]):
        wait_until(lambda: node.logged("peer node2 says goodbye"), 10, "the goodbye")


run(given=cluster.for_test)
