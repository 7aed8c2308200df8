# SPDX-License-Identifier: Apache-2.0
"""retain_source.py - what becomes of retained messages whose publisher lost the right to them

Rights are those of the auth plugin: anonymous clients have a role, and a reload changes it.
"""
from lib import acl, packet as p
from lib.daemon import Daemon
from lib.tap import config, run, test


class Broker(Daemon):
    def __init__(self, one):
        super().__init__(one.config)
        self.settings["plugins"] = [acl.plugin(self)]


def found(broker, topic="#"):
    """What a new subscriber gets at once."""
    reader = broker.client("")
    reader.subscribed(topic)
    reader.send(p.PINGREQ_BYTES)
    topics = set()
    while (packet := reader.receive()).type != p.PINGRESP:
        topics.add(packet.topic)
    reader.drop()
    return topics


def publish(broker):
    """By one client, and by another one's will."""
    writer = broker.client("writer", will=p.Will("will/x", b"x", retain=True))
    for topic in ("keep/x", "lose/x"):
        writer.published(topic, b"x", 1, retain=True)
    witness = broker.client("witness")
    witness.subscribed("will/x")
    writer.drop()
    witness.expect_publish("will/x", b"x")
    witness.drop()


@test
def a_retained_message_is_withheld_while_its_publisher_may_not_publish_it(broker):
    publish(broker)
    assert found(broker) == {"keep/x", "lose/x", "will/x"}
    acl.allow(broker, "keep/#")
    assert found(broker) == {"keep/x"}
    assert found(broker, "lose/x") == set()
    assert broker.logged("a retained message is withheld: client=writer may not publish to (lose|will)/x any more")
    acl.allow(broker, "lose/#")
    assert found(broker) == {"lose/x"}


@test
@config(limits={"check_retain_source": False})
def the_check_may_be_off(broker):
    publish(broker)
    acl.allow(broker, "keep/#")
    assert found(broker) == {"keep/x", "lose/x", "will/x"}


@test
def what_the_broker_says_of_itself_is_not_checked(broker):
    acl.allow(broker, "keep/#")
    assert found(broker, "$SYS/broker/version") == {"$SYS/broker/version"}


run(Broker)
