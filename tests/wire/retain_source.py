# SPDX-License-Identifier: Apache-2.0
"""retain_source.py - what becomes of retained messages whose publisher lost the right to them

Rights are those of the auth plugin: anonymous clients have a role, and a reload changes it.
"""
import os

from lib import packet as p
from lib.daemon import Daemon
from lib.tap import config, run, test

ACL = """roles:
  - name: everybody
    publish: [%s]
    subscribe: ["#", "$$SYS/#"]
anonymous: [everybody]
"""


class Broker(Daemon):
    def __init__(self, one):
        super().__init__(one.config)
        self.settings["plugins"] = [
            {"name": "auth", "allow_anonymous": True, "acl": os.path.join(self.dir, "acl.yaml")}]
        self.write_acl("#")

    def write_acl(self, publish):
        with open(os.path.join(self.dir, "acl.yaml"), "w", encoding="utf-8") as file:
            file.write(ACL % '"%s"' % publish)

    def allow(self, publish):
        self.write_acl(publish)
        self.reload()


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
    broker.allow("keep/#")
    assert found(broker) == {"keep/x"}
    assert found(broker, "lose/x") == set()
    assert broker.logged("a retained message is withheld: client=writer may not publish to (lose|will)/x any more")
    broker.allow("lose/#")
    assert found(broker) == {"lose/x"}


@test
@config(limits={"check_retain_source": False})
def the_check_may_be_off(broker):
    publish(broker)
    broker.allow("keep/#")
    assert found(broker) == {"keep/x", "lose/x", "will/x"}


@test
def what_the_broker_says_of_itself_is_not_checked(broker):
    broker.allow("keep/#")
    assert found(broker, "$SYS/broker/version") == {"$SYS/broker/version"}


run(Broker)
