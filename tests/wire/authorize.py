# SPDX-License-Identifier: Apache-2.0
"""authorize.py - who may not come in, publish or subscribe, and how it is told (MQTT 3.1.4, 3.3.5, 3.8, 3.9.3)"""
import base64
import hashlib
import os

from lib import packet as p
from lib.daemon import Daemon
from lib.tap import covers, run, test, versions

ACL = """
roles:
  - {name: some, publish: [may/#], subscribe: [may/#, will/#]}
users:
  - {name: ann, roles: [some]}
  - {name: eve, roles: []}
"""


def line_of(user, password):
    salt = b"0123456789ab"
    digest = hashlib.sha512(password.encode() + salt).digest()
    return "%s:$6$%s$%s\n" % (user, base64.b64encode(salt).decode(), base64.b64encode(digest).decode())


class Guarded(Daemon):
    """A daemon with two users, of whom ann may do some things and eve nothing."""

    def __init__(self):
        super().__init__()
        users, acl = (os.path.join(self.dir, name) for name in ("passwd", "acl.yaml"))
        with open(users, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(line_of("ann", "secret") + line_of("eve", "secret"))
        with open(acl, "w", encoding="utf-8") as file:
            file.write(ACL)
        self.settings["plugins"] = [{"name": "auth", "users": users, "acl": acl}]

    def ann(self, client_id="ann", version=5, **how):
        return self.client(client_id, version, username="ann", password="secret", **how)


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.4-2", "MQTT-3.1.4-6", "MQTT-3.2.2-6", "MQTT-3.2.2-7", "MQTT-3.2.2-8", "MQTT-3.14.0-1", "MQTT-4.13.2-1",
        v311="MQTT-3.1.4-5 MQTT-3.2.2-4 MQTT-3.2.2-5")
def whoever_is_not_let_in_is_told_so_and_nothing_more_is_read(broker, version):
    """Neither what comes behind the CONNECT, nor a word of its session."""
    lasting = {"session_expiry_interval": 60} if version == 5 else None
    broker.ann("c", version, clean=False, properties=lasting).disconnect()
    witness = broker.ann("w", version)
    witness.subscribed("may/#")
    for credentials in ({}, {"username": "ann"}, {"username": "ann", "password": "wrong"},
                        {"username": "bob", "password": "secret"}):
        conversation = broker.open(version)
        conversation.send(p.connect(version, "c", clean=False, will=p.Will("may/will"), properties=lasting,
                                    **credentials) + p.publish(version, "may/after", b"x"))
        packet = conversation.expect(p.CONNACK, session_present=0)
        assert packet.reason in ((0x86, 0x87) if version == 5 else (4, 5)), packet.reason
        conversation.expect_end()
    broker.ann("p", version).published("may/end", b"", 1)
    witness.expect_publish("may/end", b"")


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.4-2", "MQTT-3.2.2-8")
def a_will_that_may_not_be_published_keeps_its_client_out(broker, version):
    for topic, refused in (("may/w", False), ("no/w", True)):
        conversation = broker.open(version)
        conversation.connect("c", username="ann", password="secret", will=p.Will(topic))
        if refused:
            conversation.expect_refused(0x87, 5)
        else:
            conversation.expect(p.CONNACK, reason=0)


@test
@versions(3, 4, 5)
@covers("MQTT-3.4.2-1", "MQTT-3.5.2-1", "MQTT-4.3.3-9", v311="MQTT-3.3.5-2")
def what_may_not_be_published_is_acknowledged_and_goes_nowhere(broker, version):
    """MQTT 3 has no way to say that it was refused."""
    witness = broker.ann("w", version)
    witness.subscribed("may/#", "will/#", qos=2)
    client = broker.ann("c", version)
    reason = 0x87 if version == 5 else 0
    for retain in (False, True):
        client.publish("will/x", b"x", 0, retain=retain)
        client.expect(p.PUBACK, id=client.publish("will/x", b"x", 1, retain=retain), reason=reason)
        id = client.publish("will/x", b"x", 2, retain=retain)
        client.expect(p.PUBREC, id=id, reason=reason)
        if version < 5:
            client.ack(p.PUBREL, id)
            client.expect(p.PUBCOMP, id=id)
        client.publish("may/x", b"%d" % retain, 2, id=id)
        client.expect(p.PUBREC, id=id)
        client.ack(p.PUBREL, id)
        client.expect(p.PUBCOMP, id=id, reason=0)
        witness.taken("may/x", b"%d" % retain)
    witness.expect_quiet()


@test
@versions(3, 4, 5)
@covers("MQTT-3.8.4-7", "MQTT-3.9.3-2", v311="MQTT-3.8.4-5 MQTT-3.9.3-2")
def what_may_not_be_subscribed_to_is_told_filter_by_filter(broker, version):
    client = broker.ann("c", version)
    refused = {4: 0x80, 5: 0x87}.get(version)       # MQTT 3.1: the quality that was asked for
    id = client.subscribe(("may/#", 1), ("no", 2), ("#", 0), ("$share/g/no", 1), ("$share/g/may/x", 2))
    granted = [1, 2, 0, 1, 2]
    expected = granted if refused is None else [1, refused, refused, refused, 2]
    client.expect(p.SUBACK, id=id, reasons=expected)


run(given=lambda _: Guarded())
