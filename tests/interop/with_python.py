# SPDX-License-Identifier: Apache-2.0
"""with_python.py - a node that was written from the wire protocol alone (pynode.py) beside a real vibemqd

Both gossip and both relay; to vibemqd the other is a node of VibeMQ, for it claims no capabilities.
"""
import os
import sys

from lib import cluster
from lib.cluster import Node
from lib.partner import Partner
from lib.tap import config, run, test
from lib.wait import wait_until

INTERVAL = 0.2
VIBEMQ_FRAME = 65536
PYNODE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pynode.py")


def python_node(name="py", i=9, peer=None, seed=1, filters=(), cluster_id="vibemq", generation=None):
    return Partner(name, [
        sys.executable, PYNODE, "--node-id", name, "--gossip", cluster.gossip_address(i),
        "--peer", peer or cluster.peer_address(i), "--interval", str(INTERVAL), "--cluster-id", cluster_id,
        *(["--seed", cluster.gossip_address(seed)] if seed else []),
        *(["--generation", str(generation)] if generation is not None else []), *("--filter=" + f for f in filters)])


class Pair:
    """What a test is handed: node1, which is ours, and py, which is not.

    In a test's @config: `ours_first`, who is the other's seed; `alone`, no py yet.
    """

    def __init__(self, test):
        ours_first = test.config.get("ours_first", True)
        self.ours_first = ours_first
        self.node = Node(1, seeds=[] if ours_first else [9], gossip_interval="%dms" % (INTERVAL * 1000),
                         settings={"log": {"level": "debug"}})
        self.alone = test.config.get("alone", False)
        self.partners = []

    def start_python(self, **how):
        self.partners.append(python_node(**how))
        return self.partners[-1]

    def __enter__(self):
        try:
            if self.ours_first:
                self.node.start()
                self.py = self.start_python() if not self.alone else None
            else:
                self.py = self.start_python(seed=None)
                self.py.await_event("ready")
                self.node.start()
            return self
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise

    def __exit__(self, *what):
        for one in self.partners:
            one.__exit__(*what)
        if self.node.process is not None:
            self.node.__exit__(*what)
        else:
            self.node.close()

    # -- what each has seen

    def await_key(self, key, value):
        return self.py.await_event("key", lambda e: (e["node"][0], e["key"], e["value"]) == ("node1", key, value))

    def await_frame(self, link=None, **fields):
        """A frame that node1 sent; a payload as bytes."""
        if "payload" in fields:
            fields["payload"] = fields["payload"].hex()
        return self.py.await_event("frame", lambda e: e["peer"] == "node1" and link in (None, e["link"]) and
                                   all(e["frame"].get(k) == v for k, v in fields.items()))["frame"]

    def await_logged(self, pattern):
        return wait_until(lambda: self.node.logged(pattern), 15, lambda: "%s in the log: %s" % (
            pattern, self.node.log()[-3000:]))[0]

    def await_links(self):
        """Both have dialled each other and know who answered, and the other knows that we want nothing."""
        self.await_key("subscriptions", "[]")
        self.await_frame("dialed", type="helloack", node_id="node1")
        self.await_frame("accepted", type="hello", node_id="node1")
        self.await_logged(r"peer py up at \S+ \(reference dialect\)")


def each_sees_the_other(pair):
    pair.await_key("peer_addr", cluster.peer_address(1))
    pair.await_links()
    pair.py.await_event("live", lambda e: e["node"][0] == "node1")
    pair.await_logged("node py is alive")


@test
def each_sees_keys_and_life_of_the_other_where_ours_is_the_seed(pair):
    each_sees_the_other(pair)


@test
@config(ours_first=False)
def each_sees_keys_and_life_of_the_other_where_the_other_is_the_seed(pair):
    each_sees_the_other(pair)


@test
def it_sees_filters_come_and_go(pair):
    pair.await_links()
    pair.await_logged("peer py dialled us")     # from now on ours may speak on that link
    clients = [pair.node.client(name) for name in ("first", "second")]
    for client in clients:
        client.subscribed("to/node1/+")
    pair.await_key("subscriptions", '["to/node1/+"]')
    clients[0].subscribed("$share/group/all/#")
    pair.await_key("subscriptions", '["all/#","to/node1/+"]')
    clients[0].disconnect()     # the last of one filter, not of the other
    pair.await_key("subscriptions", '["to/node1/+"]')
    clients[1].unsubscribed("to/node1/+")
    pair.await_key("subscriptions", "[]")
    # VibeMQ would believe these until it looks at gossip again, where the news may not have come yet.
    assert not pair.py.take("frame", lambda e: e["frame"]["type"] in ("subsync", "subupdate"))


@test
def ours_sees_filters_come_and_go(pair):
    pair.await_links()
    publisher = pair.node.client("p")
    for filter, topic in (("to/py/+", "to/py/x"), ("$share/group/shared/#", "shared/x")):
        assert publisher.published(topic, b"", 1).reason == 0x10
        pair.py.tell("sub", filter)
        cluster.await_interest(publisher, topic)
        pair.await_frame("accepted", type="publish", topic=topic)
        pair.py.tell("unsub", filter)
        wait_until(lambda: publisher.published(topic, b"", 1).reason == 0x10, 10, "no interest in " + topic)


@test
def what_clients_of_ours_publish_reaches_it(pair):
    pair.await_links()
    pair.py.tell("sub", "to/py/#")
    publisher = pair.node.client("p")
    cluster.await_interest(publisher, "to/py/first", b"first")
    pair.await_frame(type="publish", topic="to/py/first", payload=b"first")
    for qos in (0, 1, 2):
        for retain in (False, True):
            payload = b"%d %d" % (qos, retain)
            publisher.published("to/py/x", payload, qos, retain=retain)
            frame = pair.await_frame("accepted", type="publish", payload=payload)
            assert (frame["topic"], frame["qos"], frame["retain"], frame["origin_node"]) == (
                "to/py/x", qos, retain, "node1"), frame
            assert "trailing" not in frame, "a trailer to who claims no capabilities"


@test
def what_it_publishes_reaches_clients_of_ours(pair):
    pair.await_links()
    subscriber = pair.node.client("s")
    subscriber.subscribed("to/node1/#", qos=2)
    pair.await_key("subscriptions", '["to/node1/#"]')
    for qos in (0, 1, 2):
        pair.py.tell("pub", "to/node1/x", str(qos), "0", "hello %d" % qos)
        assert pair.py.await_event("published")["to"] == ["node1"]
        got = subscriber.taken("to/node1/x", b"hello %d" % qos)
        assert (got.qos, got.retain) == (qos, 0)
    pair.py.tell("pub", "to/node1/kept", "1", "1", "kept")
    subscriber.taken("to/node1/kept", b"kept", retain=0)     # live: retained is who comes later
    wait_until(lambda: cluster.retained(pair.node, "to/node1/kept") == b"kept", 10, "it in the store")
    pair.py.tell("pub", "to/node1/kept", "1", "1", "")
    subscriber.taken("to/node1/kept", b"")
    wait_until(lambda: cluster.retained(pair.node, "to/node1/kept") is None, 10, "it out of the store")


@test
def retained_messages_reach_it_whatever_it_wants(pair):
    pair.await_links()
    publisher = pair.node.client("p")
    publisher.published("nobody/asked", b"yes", 1, retain=True)
    frame = pair.await_frame("accepted", type="publish", topic="nobody/asked", payload=b"yes")
    assert frame["retain"]


@test
def no_message_goes_back_to_where_it_came_from(pair):
    pair.await_links()
    pair.py.tell("sub", "both/#")
    subscriber = pair.node.client("s")
    subscriber.subscribed("both/#")
    pair.await_key("subscriptions", '["both/#"]')
    publisher = pair.node.client("p")
    pair.py.tell("pub", "both/x", "0", "0", "from py")
    subscriber.taken("both/x", b"from py")
    wait_until(lambda: publisher.published("both/x", b"from node1", 1).reason == 0 and
               pair.py.take("frame", lambda e: e["frame"].get("payload") == b"from node1".hex()),
               10, "the interest of py")
    assert not pair.py.take("frame", lambda e: e["frame"].get("payload") == b"from py".hex())


@test
def a_frame_that_a_reference_node_cannot_take_is_not_sent(pair):
    pair.await_links()
    pair.py.tell("sub", "large/#")
    publisher = pair.node.client("p")
    cluster.await_interest(publisher, "large/first")
    pair.await_frame(type="publish", topic="large/first")
    # length, variant, topic and its length, payload's length, QoS, retain, origin and its length
    most = VIBEMQ_FRAME - 4 - 1 - 8 - 3 - 2 - 6
    for size in (most, most + 1):
        publisher.published("large/x", b"x" * size, 1)
    publisher.published("large/last", b"", 1)
    frame = pair.await_frame(type="publish", topic="large/x")
    assert frame["payload"]["len"] == most, frame
    pair.await_frame(type="publish", topic="large/last")
    assert not pair.py.take("frame", lambda e: e["frame"].get("topic") == "large/x")
    assert not pair.py.take("link down", lambda e: True)
    pair.await_logged("a message of %d bytes was not sent" % (VIBEMQ_FRAME + 1))


@test
def it_sees_our_death_and_our_return(pair):
    each_sees_the_other(pair)
    pair.node.kill()
    pair.py.await_event("dead", lambda e: e["node"][0] == "node1")
    pair.node.start()
    pair.await_key("peer_addr", cluster.peer_address(1))
    pair.await_links()
    pair.py.await_event("live", lambda e: e["node"][0] == "node1")
    pair.py.tell("sub", "back/#")
    cluster.await_interest(pair.node.client("p"), "back/x")
    pair.await_frame(type="publish", topic="back/x")


@test
def ours_sees_its_death_and_its_return(pair):
    each_sees_the_other(pair)
    pair.py.tell("sub", "back/#")
    publisher = pair.node.client("p")
    cluster.await_interest(publisher, "back/x")
    pair.py.tell("die")
    pair.py.wait_exit()
    pair.await_logged("node py gossips no more")
    pair.await_logged("peer py is gone")
    assert publisher.published("back/x", b"", 1).reason == 0x10
    pair.py = pair.start_python(peer=cluster.peer_address(19), filters=["back/#"])  # and elsewhere
    pair.await_links()
    pair.await_logged("peer py up at " + cluster.peer_address(19))
    cluster.await_interest(publisher, "back/x")
    pair.await_frame(type="publish", topic="back/x")


@test
@config(alone=True)
def ours_sees_it_return_elsewhere_though_its_generation_is_always_0(pair):
    """As with VibeMQ: only the address tells the old node from the new one, and the old one stays in gossip."""
    publisher = pair.node.client("p")
    for i in (9, 19):
        pair.py = pair.start_python(i=i, generation=0, filters=["at/%d" % i])
        pair.await_links()
        pair.await_logged("peer py up at " + cluster.peer_address(i))
        cluster.await_interest(publisher, "at/%d" % i)
        pair.await_frame("accepted", type="publish", topic="at/%d" % i)
        pair.py.kill()
    assert publisher.published("at/9", b"", 1).reason == 0x10


@test
def each_hears_the_others_goodbye(pair):
    pair.await_links()
    pair.py.tell("sub", "bye/#")
    publisher = pair.node.client("p")
    cluster.await_interest(publisher, "bye/x")
    pair.py.tell("leave")
    pair.await_logged("peer py says goodbye")
    wait_until(lambda: publisher.published("bye/x", b"", 1).reason == 0x10, 10, "the end of its interest")
    pair.py.await_event("left")

    lives = pair.node.log().count("node py is alive")
    pair.py = pair.start_python()
    pair.await_links()
    pair.node.client("s").subscribed("bye/#")
    pair.await_key("subscriptions", '["bye/#"]')
    wait_until(lambda: pair.node.log().count("node py is alive") > lives, 10, "py alive: only these are told")
    pair.node.stop()
    pair.await_key("subscriptions", "[]")       # the farewell in gossip
    pair.py.await_event("link down", lambda e: "goodbye" in e["error"])


@test
@config(alone=True)
def a_node_of_another_cluster_is_refused(pair):
    other = pair.start_python(name="other", cluster_id="other")
    for _ in range(3):      # each tick asks again
        other.await_event("bad cluster")
    assert not other.take("new node", lambda _: True)
    assert not other.take("frame", lambda _: True)
    assert not pair.node.logged("other")


@test
def a_second_node_of_it_is_known_to_all(pair):
    """Each but the first knows one seed only, ours."""
    pair.await_links()
    second = pair.start_python(name="second", i=8)
    pair.py.await_event("key", lambda e: (e["node"][0], e["key"]) == ("second", "peer_addr"))
    second.await_event("key", lambda e: (e["node"][0], e["key"]) == ("py", "peer_addr"))
    pair.await_logged("peer second up at")
    subscriber = pair.node.client("s")
    subscriber.subscribed("from/#")
    for one in (pair.py, second):
        one.await_event("key", lambda e: e["value"] == '["from/#"]')
        one.tell("pub", "from/" + one.name, "1", "0", "hello")
        subscriber.taken("from/" + one.name, b"hello")


run(given=Pair)
