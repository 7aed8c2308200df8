# SPDX-License-Identifier: Apache-2.0
"""names.py - seeds that are names, asked of a real name server

A headless service: one name that has an address for each node, and changes.
"""
from lib import dns
from lib.cluster import Node, address, await_mesh, GOSSIP_PORT
from lib.tap import run, skip, test
from lib.wait import wait_until

NAME = "vibemq-headless.test"


def node(i, seeds=("%s:%d" % (NAME, GOSSIP_PORT),), **options):
    return Node(i, seeds=seeds, seeds_refresh="200ms", **options)


class Names:
    """What a test is handed: a name server that knows nothing yet."""

    def __init__(self, _):
        self.dns = dns.Server({})
        self.nodes = []

    def __enter__(self):
        if not dns.is_in_namespace():
            skip("no namespace can be made here: it takes root, or user namespaces")
        self.dns.__enter__()
        return self

    def __exit__(self, *what):
        try:
            for one in self.nodes:
                one.__exit__(*what)
        finally:
            self.dns.__exit__(*what)

    def point_to(self, *indexes):
        self.dns.names[NAME] = [address(i) for i in indexes]

    def start(self, *nodes):
        self.nodes += nodes
        for one in nodes:
            one.spawn()
        for one in nodes:
            one.await_ready()


@test
def nodes_find_each_other_by_a_name_with_three_addresses(names):
    names.point_to(1, 2, 3)
    names.start(node(1), node(2), node(3))
    await_mesh(names.nodes)


@test
def a_node_whose_address_is_new_to_the_name_is_found(names):
    """It knows no seed itself: the others must look the name up again."""
    names.point_to(1, 2, 3)
    names.start(node(1), node(2), node(3))
    await_mesh(names.nodes)
    names.nodes[2].stop()
    names.nodes.pop().close()
    names.start(node(4, seeds=[]))
    names.point_to(1, 2, 4)
    await_mesh(names.nodes, 20)


@test
def a_name_that_does_not_resolve_yet_is_tried_again(names):
    names.start(node(1, gossip_advertise_addr="%s:%d" % (address(1), GOSSIP_PORT)),
                node(2, gossip_advertise_addr="%s:%d" % (address(2), GOSSIP_PORT)))
    for one in names.nodes:
        wait_until(lambda: one.logged("does not resolve"), 10, "a word about it by " + one.name)
    names.point_to(1, 2)
    await_mesh(names.nodes, 20)
    for one in names.nodes:     # one may have been found by the other before it asked again
        wait_until(lambda: one.logged("all seeds resolve"), 20, "the name resolved by " + one.name)


@test
def a_name_server_that_fails_takes_no_node_away(names):
    names.point_to(1, 2)
    names.start(node(1), node(2))
    await_mesh(names.nodes)
    del names.dns.names[NAME]
    for one in names.nodes:
        wait_until(lambda: one.logged("does not resolve"), 10, "a word about it")
    names.nodes[1].kill()
    wait_until(lambda: "node2" not in names.nodes[0].peers(), 10, "the end of the link to node2")
    names.nodes[1].start()      # and knows only what the other tells it
    wait_until(lambda: "node2" in names.nodes[0].peers(), 20, "node2 again")
    await_mesh(names.nodes, 20)


dns.in_namespace()
run(given=Names)
