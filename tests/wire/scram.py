# SPDX-License-Identifier: Apache-2.0
"""scram.py - SCRAM-SHA-256 in the auth plugin, against a client in Python (MQTT 5.0, 4.12)"""
import os
import re
import signal
import subprocess

from lib import daemon, packet as p
from lib.scram import METHOD, Scram, fields
from lib.tap import config, covers, run, test, versions
from lib.wait import wait_until

TOOL = os.path.join(daemon.BUILD, "vibemq-passwd")
ACL = """
roles:
  - {name: own, publish: ["%u/#"], subscribe: ["%u/#"]}
authenticated: [own]
"""


class Guarded(daemon.Daemon):
    """A broker with the plugin: alice, bob and paul in SCRAM, carol in yescrypt."""

    def __init__(self, settings):
        super().__init__()
        self.passwd = os.path.join(self.dir, "passwd")
        acl = os.path.join(self.dir, "acl.yaml")
        with open(acl, "w", encoding="utf-8") as file:
            file.write(ACL)
        open(os.open(self.passwd, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8").close()
        if not settings.get("without_scram"):
            for user, password in (("alice", "secret"), ("bob", "pencil"), ("paul", "pässwörd"), ("a,b=c", "x")):
                self.set_password(user, password, "-s", "-i", "4096")
        self.set_password("carol", "secret")
        self.settings["plugins"] = [{"name": "auth", "users": self.passwd, "acl": acl}]

    def set_password(self, user, password, *options):
        subprocess.run([TOOL, *options, self.passwd, user], input=password.encode(), check=True)

    def reload(self):
        before = len(self.log())
        self.signal(signal.SIGHUP)
        wait_until(lambda: re.search("broker: reloaded", self.log()[before:]), what="the reload")


def properties(data):
    return {"authentication_method": METHOD, "authentication_data": data}


def challenged(broker, scram, client_id="c", **how):
    """A conversation that has got its challenge, and that."""
    conversation = broker.open()
    conversation.connect(client_id, properties=properties(scram.first()), **how)
    auth = conversation.expect(p.AUTH, reason=0x18)
    assert auth.properties["authentication_method"] == METHOD
    return conversation, auth.properties["authentication_data"]


def prove(conversation, final):
    conversation.send(p.auth(0x18, properties(final)))


def let_in(broker, scram, client_id="c", **how):
    conversation, challenge = challenged(broker, scram, client_id, **how)
    prove(conversation, scram.final(challenge))
    connack = conversation.expect(p.CONNACK, reason=0)
    assert connack.properties["authentication_method"] == METHOD
    assert scram.is_signed(connack.properties["authentication_data"]), connack
    return conversation


def anew(client, scram, reason=0x19):
    client.send(p.auth(reason, properties(scram.first())))
    return client.expect(p.AUTH, reason=0x18).properties["authentication_data"]


def tampered(final, at=-8):
    """The proof with one character changed."""
    at += len(final)
    return final[:at] + (b"A" if final[at:at + 1] != b"A" else b"B") + final[at + 1:]


@test
@covers("MQTT-4.12.0-2", "MQTT-4.12.0-5")
def who_proves_its_password_is_let_in_by_a_broker_that_proves_itself(broker):
    for number in range(4):
        let_in(broker, Scram("alice", "secret"), "c%d" % number).pinged()


@test
def roles_are_those_of_the_name_that_was_proved(broker):
    for how in ({}, {"username": "alice"}, {"username": "alice", "password": "whatever"}):
        client = let_in(broker, Scram("alice", "secret"), **how)
        client.subscribed("alice/#")
        client.publish("alice/1", b"x")
        client.expect_publish("alice/1", b"x")
        client.subscribe("bob/#", id=9)
        client.expect(p.SUBACK, id=9, reasons=[0x87])


@test
@covers("MQTT-4.12.0-4")
def another_user_name_than_the_one_that_is_proved_is_refused(broker):
    conversation = broker.open()
    conversation.connect("c", username="bob", properties=properties(Scram("alice", "secret").first()))
    conversation.expect_refused(0x87, None)


@test
@covers("MQTT-4.12.0-4")
def wrong_proofs_are_refused(broker):
    scram = Scram("alice", "Secret")
    conversation, challenge = challenged(broker, scram)
    prove(conversation, scram.final(challenge))
    conversation.expect_refused(0x86, None)
    for at in (-44, -20, -3):
        scram = Scram("alice", "secret")
        conversation, challenge = challenged(broker, scram)
        prove(conversation, tampered(scram.final(challenge), at))
        conversation.expect_refused(0x86, None)
    assert broker.logged("connection refused: wrong password: client=c user=alice"), broker.log()


@test
@covers("MQTT-4.12.0-4")
def a_nonce_that_is_not_ours_is_refused(broker):
    for change in (lambda nonce: nonce + "x", lambda nonce: nonce[:-1],
                   lambda nonce: ("y" if nonce[0] == "x" else "x") + nonce[1:]):
        scram = Scram("alice", "secret")
        conversation, challenge = challenged(broker, scram)
        prove(conversation, scram.final(challenge, change(fields(challenge)["r"])))
        conversation.expect_refused(0x86, None)


@test
def what_was_said_once_does_not_open_again(broker):
    scram = Scram("alice", "secret")
    conversation, challenge = challenged(broker, scram)
    final = scram.final(challenge)
    prove(conversation, final)
    conversation.expect(p.CONNACK, reason=0)
    thief, other = challenged(broker, scram, "thief")
    assert other != challenge
    prove(thief, final)
    thief.expect_refused(0x86, None)


@test
def who_is_not_there_is_told_nothing(broker):
    scrams = [Scram(user, "secret") for user in ("alice", "mallory", "carol", "alic", "mallory")]
    told = []
    for scram in scrams:
        conversation, challenge = challenged(broker, scram)
        told.append((fields(challenge)["s"], fields(challenge)["i"], len(challenge)))
        prove(conversation, tampered(scram.final(challenge)))
        conversation.expect_refused(0x86, None)
    assert len({one[1:] for one in told}) == 1, told
    assert len({one[0] for one in told}) == 4 and told[1] == told[4], told
    broker.stop()
    broker.start()
    assert fields(challenged(broker, scrams[1])[1])["s"] == told[1][0], "the salt of nobody has changed"
    for scram in scrams[1:4]:
        conversation, challenge = challenged(broker, scram)
        prove(conversation, scram.final(challenge))
        conversation.expect_refused(0x86, None)
    assert broker.logged("no such user: client=c user=mallory"), broker.log()


@test
@covers("MQTT-4.12.0-1")
@config(without_scram=True)
def where_nobody_has_a_verifier_there_is_no_such_method(broker):
    conversation = broker.open()
    conversation.connect("c", properties=properties(Scram("carol", "secret").first()))
    conversation.expect_refused(0x8C, None)


@test
def channel_binding_is_refused_to_who_insists(broker):
    conversation = broker.open()
    conversation.connect("c", properties=properties(Scram("alice", "secret", "p=tls-exporter,,").first()))
    conversation.expect_refused(0x87, None)
    let_in(broker, Scram("alice", "secret", "y,,")).pinged()


@test
def messages_that_are_none_are_refused(broker):
    for first in (b"", b"n,,", b"\xff\xff", b"n,,n=alice,r=", b"n,a=bob,n=alice,r=abc", b"n,,m=1,n=alice,r=abc",
                  b"n,,n=alice,r=" + 5000 * b"a"):
        conversation = broker.open()
        conversation.connect("c", properties=properties(first))
        conversation.expect_refused(0x87, None)
    conversation = broker.open()
    conversation.connect("c", properties={"authentication_method": METHOD})
    conversation.expect_refused(0x87, None)
    for final in (b"", b"c=biws", b"\xff", b"p=AAAA"):
        conversation, _ = challenged(broker, Scram("alice", "secret"))
        prove(conversation, final)
        conversation.expect_refused(0x86, None)


@test
def names_and_passwords_may_hold_more_than_letters(broker):
    let_in(broker, Scram("a,b=c", "x")).pinged()
    let_in(broker, Scram("paul", "pässwörd")).pinged()


@test
@versions(3, 4, 5)
def a_plain_password_opens_too(broker, version):
    broker.client("c", version, username="alice", password="secret").pinged()
    broker.client("c", version, username="paul", password="pa\u0308sswo\u0308rd").pinged()
    conversation = broker.open(version)
    conversation.connect("c", username="alice", password="Secret")
    conversation.expect_refused(0x86, 4)


# ---- anew


@test
@covers("MQTT-4.12.1-1")
def a_client_proves_itself_anew(broker):
    for number in range(4):
        client = let_in(broker, Scram("alice", "secret"), "c%d" % number)
        client.subscribed("alice/#")
        for _ in range(3):
            scram = Scram("alice", "secret")
            challenge = anew(client, scram)
            client.publish("alice/1", b"x")
            client.expect_publish("alice/1", b"x")
            prove(client, scram.final(challenge))
            done = client.expect(p.AUTH, reason=0)
            assert done.properties["authentication_method"] == METHOD
            assert scram.is_signed(done.properties["authentication_data"]), done


@test
@covers("MQTT-4.12.1-2")
def who_fails_anew_is_disconnected(broker):
    witness = let_in(broker, Scram("alice", "secret"), "witness")
    witness.subscribed("alice/will")
    for spoil in (tampered, lambda final: b"nonsense", lambda final: final[:-1]):
        client = let_in(broker, Scram("alice", "secret"), will=p.Will("alice/will", b"gone"))
        scram = Scram("alice", "secret")
        prove(client, spoil(scram.final(anew(client, scram))))
        client.expect_closed(0x87)
        witness.expect_publish("alice/will", b"gone")


@test
@covers("MQTT-4.12.1-2")
def nobody_becomes_another_anew(broker):
    client = let_in(broker, Scram("alice", "secret"))
    client.send(p.auth(0x19, properties(Scram("bob", "pencil").first())))
    client.expect_closed(0x87)


@test
def a_reload_counts_from_the_next_proof_on(broker):
    client, halfway = let_in(broker, Scram("alice", "secret")), Scram("alice", "secret")
    challenge = anew(client, halfway)
    broker.set_password("alice", "new", "-s", "-i", "4096")
    broker.reload()
    prove(client, halfway.final(challenge))
    client.expect(p.AUTH, reason=0)
    scram = Scram("alice", "new")
    prove(client, scram.final(anew(client, scram)))
    assert scram.is_signed(client.expect(p.AUTH, reason=0).properties["authentication_data"])
    scram = Scram("alice", "secret")
    prove(client, scram.final(anew(client, scram)))
    client.expect_closed(0x87)


run(lambda one: Guarded(one.config))
