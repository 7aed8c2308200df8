# SPDX-License-Identifier: Apache-2.0
"""speaker.py - one client that says what comes to its mind, legal and not, and hears what must come of it

Each deed is seen through to its answer before the next; deliveries are answered when it pleases. What is heard is
held against the model of its session. The dialogue gives it the dice, the topics, and the other to talk with.
"""
from lib import packet as p
from lib.model import DONE, RECEIVED, SEEN, Subscription
from lib.mqtt import Closed, tell

RECEIVE_MAXIMUM = 6         # of the broker, as it must be configured
FOREVER = 0xFFFFFFFF
MALFORMED, PROTOCOL_ERROR, TOPIC_INVALID, ALIAS_INVALID = 0x81, 0x82, 0x90, 0x94
RECEIVE_MAXIMUM_EXCEEDED, TOO_LARGE, TAKEN_OVER = 0x93, 0x95, 0x8E


class Speaker:
    """One client: its connection, its model, and what it has to answer."""

    def __init__(self, dialogue, session):
        self.dialogue, self.session, self.dice = dialogue, session, dialogue.dice
        self.name, self.version = session.name, session.version
        self.connection, self.will, self.alias_maximum = None, None, 0
        self.to_answer = []             # deliveries
        self.known, self.heard = {}, {}         # topic aliases: what it has given, what the broker has

    def note(self, text, *values):
        self.dialogue.note(self.name[-1] + " " + text % values)

    # -- hearing

    def hear(self, packet):
        self.note("<- %s", tell(packet))
        if packet.type == p.PUBLISH:
            self.name_topic(packet)
            one = self.session.take_publish(packet)
            if one is not None:
                self.to_answer.append(one)
        elif packet.type == p.PUBREL:
            self.to_answer.append(self.session.take_release(packet.id))
        else:
            raise AssertionError("nobody asked for %s" % tell(packet))

    def name_topic(self, packet):
        alias = packet.properties.pop("topic_alias", None)
        if alias is not None:
            assert 1 <= alias <= self.alias_maximum, "an alias beyond Topic Alias Maximum"   # [MQTT-3.1.2-26]
            packet.topic = self.heard[alias] = packet.topic or self.heard.get(alias)
        assert packet.topic, "an alias that stands for nothing"

    def hear_until(self, kind, id=None):
        while True:
            try:
                packet = self.connection.receive()
            except Closed:
                raise AssertionError("closed instead of %s" % p.NAMES[kind]) from None
            if packet.type == kind and (id is None or packet.id == id):
                self.note("<- %s", tell(packet))
                return packet
            self.hear(packet)

    def hear_end(self, connection, *reasons):
        """What is on its way, goodbye to a client of MQTT 5.0, and the end."""
        goodbye = None
        try:
            while True:
                packet = connection.receive()
                if packet.type == p.DISCONNECT:
                    goodbye = packet.reason
                else:
                    assert goodbye is None, "%s after DISCONNECT" % tell(packet)
                    self.hear(packet)
        except Closed:
            pass
        self.note("<- the end, 0x%02x", goodbye or 0)
        if self.version == 5 and reasons:
            assert goodbye in reasons, "DISCONNECT %s, not one of %s" % (goodbye, [hex(r) for r in reasons])

    def sync(self):
        """All that the broker has said by now is heard, and what it was told is sure."""
        if self.session.connected:
            self.connection.send(p.PINGREQ_BYTES)
            self.hear_until(p.PINGRESP)
            self.session.make_sure()

    def say(self, what, data):
        self.note("-> %s", what)
        self.connection.send(data)

    # -- coming and going

    def connect(self, clean=None, lasts=None):
        old = self.connection if self.session.connected else None
        clean = self.dice.random() < 0.2 if clean is None else clean
        lasts = (not clean if self.version < 5 else self.dice.random() < 0.8) if lasts is None else lasts
        window = self.dice.choice((1, 2, 5, 100)) if self.version == 5 else 65535
        aliases = self.dice.choice((0, 2))
        properties = {"session_expiry_interval": FOREVER if lasts else 0, "receive_maximum": window,
                      "topic_alias_maximum": aliases}
        will = self.new_will()
        # A new one takes over; it is sent before the end of the old one is heard.
        self.connection = self.dialogue.broker.open(self.version)
        self.say("CONNECT clean=%d lasts=%d window=%d will=%s%s" % (
            clean, lasts, window, will and will.payload, " (taking over)" if old else ""),
            p.connect(self.version, self.name, clean=clean, properties=properties if self.version == 5 else None,
                      will=will and p.Will(will.topic, will.payload, will.qos)))
        if old:
            self.hear_end(old, TAKEN_OVER)
            self.leave(old)
        self.known, self.heard, self.alias_maximum = {}, {}, aliases
        connack = self.hear_until(p.CONNACK)
        present = self.session.exists and not clean
        assert connack.reason == 0, tell(connack)
        assert connack.session_present == (present and self.version > 3), "session present is not %d" % present
        if not present:
            self.session.forget()
        self.session.attach(lasts, window)
        self.will = will

    def new_will(self):
        if self.dice.random() < 0.5:
            return None
        return self.dialogue.message(self.session, self.dialogue.prefix + "will", self.dice.randrange(3), False)

    def leave(self, connection, will_is_due=True):
        """The connection is no more, or the broker soon notices."""
        connection.drop()
        will, self.will, self.to_answer = self.will, None, []
        self.session.detach()
        if will is not None and will_is_due:
            self.dialogue.model.publish(will)
            self.dialogue.witness.taken(will.topic, will.payload)

    def vanish(self):
        self.note("vanishes")
        self.leave(self.connection)

    def disconnect(self):
        reason, properties = None, None
        if self.version == 5:
            reason = self.dice.choice((0, 4))
            if self.session.lasts and self.dice.random() < 0.2:
                properties, self.session.lasts = {"session_expiry_interval": 0}, False
        self.say("DISCONNECT %s %s" % (reason, properties), p.disconnect(self.version, reason, properties))
        self.hear_end(self.connection)
        self.leave(self.connection, reason == 4)

    # -- subscribing

    def subscribe(self):
        asked = self.dice.sample(self.dialogue.filters, self.dice.choice((1, 1, 2)))
        id = self.dice.choice((0, 0, self.dice.randrange(1, 300))) if self.version == 5 else 0
        wanted, pairs = [], []
        for filter in asked:
            one = Subscription(self.dice.randrange(3), id=id)
            if self.version == 5:
                one.as_published, one.handling = self.dice.random() < 0.3, self.dice.choice((0, 0, 1, 2))
            options = one.qos | (one.as_published << 3 | one.handling << 4 | self.session.no_local << 2
                                 if self.version == 5 else 0)
            wanted.append((filter, one))
            pairs.append((filter, options))
        number = self.connection.fresh_id()
        self.say("SUBSCRIBE %s id=%d" % (pairs, id),
                 p.subscribe(self.version, number, *pairs, properties={"subscription_identifier": id} if id else None))
        for filter, one in wanted:
            self.dialogue.model.subscribe(self.session, filter, one)
        assert self.hear_until(p.SUBACK, number).reasons == [one.qos for _, one in wanted]

    def unsubscribe(self):
        filter = self.dice.choice(self.dialogue.filters)
        number = self.connection.fresh_id()
        self.say("UNSUBSCRIBE %s" % filter, p.unsubscribe(self.version, number, filter))
        was_there = self.dialogue.model.unsubscribe(self.session, filter)
        reasons = self.hear_until(p.UNSUBACK, number).reasons
        assert reasons == ([0 if was_there else 0x11] if self.version == 5 else []), reasons

    # -- publishing

    def free_id(self):
        while True:
            id = self.dice.randrange(1, 20)
            if id not in self.session.unreleased:
                return id

    def pick_alias(self, topic):
        """A topic alias, and whether the broker knows it already; 0: none."""
        if self.version < 5 or self.dice.random() < 0.6:
            return 0, False
        alias = self.dice.choice((1, 2, 3))
        is_known, self.known[alias] = self.known.get(alias) == topic, topic
        return alias, is_known

    def send_publish(self, message, id, dup=False):
        alias, is_known = self.pick_alias(message.topic)
        self.say("PUBLISH %s %s QoS %d retain=%d id=%s dup=%d alias=%d%s" % (
            message.topic, message.payload, message.qos, message.retain, id, dup, alias, " alone" * is_known),
            p.publish(self.version, "" if is_known else message.topic, message.payload, message.qos, id,
                      message.retain, dup, {"topic_alias": alias} if alias else None))

    def is_full(self):
        return len(self.session.unreleased) >= RECEIVE_MAXIMUM

    def publish(self):
        message = self.dialogue.new_message(self.session)
        if message.qos == 2 and self.is_full():
            return self.exceed(message)
        id = self.free_id() if message.qos else None
        self.send_publish(message, id)
        wanted = self.dialogue.model.publish(message)
        if message.qos == 0:
            return self.sync()
        ack = self.hear_until(p.PUBACK if message.qos == 1 else p.PUBREC, id)
        assert ack.reason in ((0,) if wanted else (0, 0x10)), tell(ack)
        if message.qos == 2:
            self.session.unreleased[id] = message, self.session.connection
            if self.dice.random() < 0.5:
                self.release(id)

    def exceed(self, message):
        """One more than the broker allows, if it can be told [MQTT-3.3.4-7]."""
        here = all(c == self.session.connection for _, c in self.session.unreleased.values())
        if self.version == 5 and here:
            self.send_publish(message, self.free_id())
            self.hear_end(self.connection, RECEIVE_MAXIMUM_EXCEEDED)
            self.leave(self.connection)

    def publish_again(self):
        """As if PUBREC had been lost: it is not published again [MQTT-4.3.3-10]."""
        if self.session.unreleased:
            id = self.dice.choice(sorted(self.session.unreleased))
            message, _ = self.session.unreleased[id]
            self.send_publish(message, id, True)
            self.session.unreleased[id] = message, self.session.connection
            assert self.hear_until(p.PUBREC, id).reason in (0, 0x10)

    def release(self, id=None):
        id = self.dice.choice(sorted(self.session.unreleased) + [99]) if id is None else id
        known = self.session.unreleased.pop(id, None)
        self.say("PUBREL %d" % id, p.ack(p.PUBREL, self.version, id))
        reason = self.hear_until(p.PUBCOMP, id).reason
        assert reason == (0 if known or self.version < 5 else 0x92), hex(reason)

    def publish_and_vanish(self):
        """Nobody knows whether it arrived; it is sent again, and at QoS 2 it is published once."""
        if not self.session.lasts or self.is_full():
            return
        message = self.dialogue.new_message(self.session, self.dice.choice((1, 2)))
        id = self.free_id()
        self.send_publish(message, id)
        self.vanish()
        self.dialogue.model.publish(message)
        if message.qos == 1:
            self.dialogue.model.publish(message, False)
        self.connect(False, True)
        self.send_publish(message, id, True)
        self.hear_until(p.PUBACK if message.qos == 1 else p.PUBREC, id)
        if message.qos == 2:
            self.session.unreleased[id] = message, self.session.connection

    # -- answering

    def answer(self):
        """The next step of some delivery; now and then a client wants no more of it."""
        if not self.to_answer:
            return
        one = self.to_answer.pop(self.dice.randrange(len(self.to_answer)))
        if one.qos == 1:
            self.say("PUBACK %d" % one.id, p.ack(p.PUBACK, self.version, one.id))
            self.session.say(one, DONE)
        elif one.state == SEEN and self.version == 5 and self.dice.random() < 0.1:
            self.say("PUBREC %d, refused" % one.id, p.ack(p.PUBREC, self.version, one.id, 0x80))
            self.session.say(one, DONE)
        elif one.state == SEEN:
            self.say("PUBREC %d" % one.id, p.ack(p.PUBREC, self.version, one.id))
            self.session.say(one, RECEIVED)
        else:
            self.say("PUBCOMP %d" % one.id, p.ack(p.PUBCOMP, self.version, one.id))
            self.session.say(one, DONE)

    def answer_all(self):
        while self.to_answer:
            self.answer()

    # -- what is not legal

    def offend(self):
        version, prefix = self.version, self.dialogue.prefix
        offences = [
            (p.connect(version, self.name), PROTOCOL_ERROR),
            (p.publish(version, prefix + "x", b"", 3, 1), MALFORMED),
            (p.publish(version, prefix + "+", b""), MALFORMED, PROTOCOL_ERROR, TOPIC_INVALID),
            (p.publish(version, prefix + "\0", b""), MALFORMED, PROTOCOL_ERROR, TOPIC_INVALID),
            (p.publish(version, prefix + "x", b"", 1, 0), MALFORMED, PROTOCOL_ERROR),
            (p.publish(version, prefix + "x", b"x" * 70000), TOO_LARGE),
            (p.raw(p.SUBSCRIBE << 4, b"\0\1"), MALFORMED),
            (p.subscribe(version, 1), MALFORMED, PROTOCOL_ERROR),
            (p.unsubscribe(version, 0, "a"), MALFORMED, PROTOCOL_ERROR),
            (p.raw(p.PINGRESP << 4), MALFORMED, PROTOCOL_ERROR),
            (p.raw(p.PUBREL << 4, b"\0\1"), MALFORMED),
            (bytes([p.PUBLISH << 4, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]), MALFORMED),
        ]
        if version > 3:         # MQTT 3.1 says nothing of it
            offences.append((p.publish(version, prefix + "x", b"", 0, dup=True), MALFORMED))
        if version == 5:
            offences += [
                (p.publish(5, prefix + "x", b"", properties={"topic_alias": 0}), PROTOCOL_ERROR, ALIAS_INVALID),
                (p.publish(5, prefix + "x", b"", properties={"topic_alias": 999}), ALIAS_INVALID),
                (p.publish(5, "", b"", properties={"topic_alias": 9}), PROTOCOL_ERROR),
                (p.publish(5, prefix + "x", b"", properties={"subscription_identifier": 1}), MALFORMED, PROTOCOL_ERROR),
                (p.auth(0x18, {"authentication_method": "x"}), PROTOCOL_ERROR),
            ]
        for one in self.to_answer:
            if one.qos == 2 and one.state == SEEN:      # which is no QoS 1
                offences += 5 * [(p.ack(p.PUBACK, version, one.id), PROTOCOL_ERROR)]
        data, *reasons = self.dice.choice(offences)
        self.say("what is not legal: %s" % data[:40].hex(), data)
        self.hear_end(self.connection, *reasons)
        self.leave(self.connection)

    # -- whatever

    def step(self):
        if not self.session.connected:
            return self.connect() if self.dice.random() < 0.6 else None
        deeds = {self.publish: 30, self.answer: 25, self.subscribe: 10, self.answer_all: 6, self.unsubscribe: 4,
                 self.publish_again: 5, self.release: 5, self.publish_and_vanish: 3, self.vanish: 4,
                 self.disconnect: 3, self.connect: 2, self.offend: 3}
        self.dice.choices(list(deeds), list(deeds.values()))[0]()
        return None
