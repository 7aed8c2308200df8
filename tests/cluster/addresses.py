# SPDX-License-Identifier: Apache-2.0
"""addresses.py - what becomes of a dead node's address

It is soon given to another node, where replicas come and go, and the dead are remembered for a day.
"""
from lib.cluster import Node, await_mesh, for_test, peer_address
from lib.tap import config, run, test
from lib.wait import wait_until


def add(nodes, i, **options):
    """One more node, with the options of its block; it ends with the others."""
    nodes.nodes.append(Node(i, **options))
    return nodes.nodes[-1].start()


@test
@config(n=2)
def who_has_the_address_of_a_dead_node_is_not_taken_for_it(nodes):
    dead = Node(3).start()
    try:
        await_mesh(nodes.nodes + [dead])
        dead.kill()
        for node in nodes.nodes:
            wait_until(lambda: node.logged("peer node3 is gone"), 30, "the death seen by " + node.name)
    finally:
        dead.close()
    heir = add(nodes, 4, peer_addr=peer_address(3))
    newcomer = add(nodes, 5)
    await_mesh(nodes.nodes)
    wait_until(lambda: newcomer.logged("peer node3 is not at .* any more, node4 is"), 20, "the heir found out")
    wait_until(lambda: heir.logged("peer node3 is not at .* any more, node4 is"), 20, "that it is the heir")
    for node in nodes.nodes:
        assert not node.logged("two nodes with one address"), node.log()


run(given=for_test)
