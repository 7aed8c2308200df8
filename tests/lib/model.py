# SPDX-License-Identifier: Apache-2.0
"""model.py - what a broker owes its clients: a model of sessions, to hold a real one against

A Broker has Sessions and retained messages; telling it of each subscription and publication says what is owed
to whom. What then comes is told to the Session, whose assertions fail where the broker errs. It is told one
thing after the other, so what it is told must have happened before the next is begun.

An Owed is one delivery of one message. It must come, or (at QoS 0 to who was away, and in the like cases) it
may. From its PUBLISH to the end of its handshake it is known by its packet identifier; what the client has
said of it is sure when a later ping has been answered on the same connection.
"""
import itertools

WAITING, SEEN, RECEIVED, DONE = "waiting", "seen", "received", "done"
MOST_IN_FLIGHT = 32         # limits.max_inflight


def matches(filter, topic):
    wanted, levels = filter.split("/"), topic.split("/")
    for i, level in enumerate(wanted):
        if level == "#":
            return True
        if i >= len(levels) or level not in ("+", levels[i]):
            return False
    return len(wanted) == len(levels)


class Message:
    def __init__(self, publisher, topic, payload, qos, retain):
        self.publisher, self.topic, self.payload, self.qos, self.retain = publisher, topic, payload, qos, retain


class Subscription:
    def __init__(self, qos, as_published=False, handling=0, id=0):
        self.qos, self.as_published, self.handling, self.id = qos, as_published, handling, id


class Owed:
    serials = itertools.count()

    def __init__(self, message, qos, retain, ids, live, must, connection, filter=None):
        self.message, self.qos, self.retain, self.ids = message, qos, int(retain), ids
        self.live, self.must, self.filter = live, must, filter
        self.born = self.connection = connection    # of the session: when it was owed, when it came last
        self.state, self.sure, self.id, self.serial = WAITING, True, None, None
        self.said = None                            # the connection on which the client said its state

    def is_like(self, packet):
        return (self.message.topic, self.message.payload, self.qos, self.retain, self.ids) == (
            packet.topic, packet.payload, packet.qos, packet.retain,
            tuple(sorted(packet.properties.get("subscription_identifier", ()))))

    def key(self):
        """Within one of these, messages keep their order [MQTT-4.6.0-5]."""
        return self.message.publisher, self.message.topic, self.qos

    def __repr__(self):
        return "%s %s of %s, QoS %d%s, id %s" % (self.state, self.message.payload, self.message.topic, self.qos,
                                                 "" if self.must else " (may)", self.id)


class Session:
    def __init__(self, name, version, no_local):
        self.name, self.version, self.no_local = name, version, no_local
        self.connection, self.connected, self.receive_maximum = 0, False, 65535
        self.forget()

    # -- life

    def forget(self):
        self.exists, self.lasts = False, False
        self.filters, self.owed, self.in_flight = {}, [], {}
        self.unreleased = {}            # QoS 2 messages of the client's: packet identifier to (message, connection)

    def attach(self, lasts, receive_maximum):
        self.exists = self.connected = True
        self.lasts, self.receive_maximum = lasts, min(receive_maximum, MOST_IN_FLIGHT)
        self.connection += 1
        self.counting, self.fresh_came, self.last_resent = set(), False, -1

    def detach(self):
        self.connected = False
        for one in self.owed:
            if one.state == WAITING and (one.qos == 0 or not one.live):
                one.must = False
        if not self.lasts:
            self.forget()

    # -- owing

    def owe(self, message, matching, must=True):
        if message.publisher is self and self.no_local:
            return False                # [MQTT-3.8.3-3]
        qos = min(message.qos, max(one.qos for one in matching))
        retain = message.retain and any(one.as_published for one in matching)
        ids = tuple(sorted(one.id for one in matching if one.id))
        self.owed.append(Owed(message, qos, retain, ids, True, must and (qos > 0 or self.connected), self.connection))
        return True

    def owe_retained(self, filter, subscription, message):
        ids = (subscription.id,) if subscription.id else ()
        self.owed.append(Owed(message, min(message.qos, subscription.qos), True, ids, False, not self.no_local,
                              self.connection, filter))

    def excuse(self, is_excused):
        """Retained messages that need not come any more."""
        for one in self.owed:
            if one.state == WAITING and not one.live and is_excused(one):
                one.must = False

    # -- what comes

    def find(self, packet):
        """The delivery that it is, of those that did not come yet; if it may be one of several, what must come."""
        alike = [one for one in self.owed if one.state == WAITING and one.is_like(packet)]
        assert alike, "nothing like it is owed"
        in_order = [one for one in alike if not one.live or not self.skipped(one)]
        assert in_order, "it overtakes %s" % self.skipped(alike[0])
        return max(in_order, key=lambda one: one.must)

    def skipped(self, one):
        """What must come before it and did not."""
        before = self.owed[:self.owed.index(one)]
        return [o for o in before if o.state == WAITING and o.live and o.must and o.key() == one.key()]

    def take_publish(self, packet):
        if packet.qos == 0:
            self.owed.remove(self.find(packet))
            return None
        one = self.take_again(packet) if packet.dup else self.take_first(packet)
        one.state, one.sure, one.connection = SEEN, True, self.connection
        self.counting.add(one.id)
        assert len(self.counting) <= self.receive_maximum, "more than Receive Maximum"   # [MQTT-3.3.4-9]
        return one

    def take_first(self, packet):
        known = self.in_flight.get(packet.id)
        assert known is None or (known.state == DONE and not known.sure), "its identifier is that of %s" % known
        if known is not None:
            self.owed.remove(known)
        one = self.find(packet)
        one.id, one.serial = packet.id, next(Owed.serials)
        self.in_flight[packet.id] = one
        self.fresh_came |= not packet.dup
        return one

    def take_again(self, packet):
        """DUP says that it was sent before, on a connection that is no more [MQTT-3.3.1-1], [MQTT-4.4.0-1]."""
        assert not self.fresh_came, "sent again after what is new"
        one = self.in_flight.get(packet.id)
        if one is None or not one.is_like(packet):
            one = self.take_first(packet)       # the client did not read it then
            assert one.born < self.connection, "a first delivery with DUP"
            return one
        assert one.connection < self.connection, "sent twice on one connection"
        assert one.state == SEEN or not one.sure, "sent again although it is %s" % one
        assert one.serial > self.last_resent, "sent again in another order"   # [MQTT-4.6.0-1]
        self.last_resent = one.serial
        return one

    def take_release(self, id):
        """PUBREL; the delivery that is to be completed."""
        one = self.in_flight.get(id)
        assert one is not None and one.qos == 2 and one.state in (RECEIVED, DONE), "PUBREL of %s" % one
        assert one.state == RECEIVED or not one.sure, "PUBREL of what is complete"
        one.connection = self.connection
        return one

    # -- what the client says

    def say(self, one, state):
        one.state, one.sure, one.said = state, False, self.connection
        if state == DONE:
            self.counting.discard(one.id)

    def make_sure(self):
        """A ping was answered: the broker knows what was said before it on this connection."""
        for one in list(self.in_flight.values()):
            one.sure = one.sure or one.said == self.connection
            if one.sure and one.state == DONE:
                self.drop(one)

    def drop(self, one):
        del self.in_flight[one.id]
        self.owed.remove(one)

    # -- the end

    def debts(self):
        return [one for one in self.owed if (one.must if one.state == WAITING else one.state != DONE)]

    def write_off(self):
        """All is said: what may have come and did not will not, nor will what was said and not sure."""
        for one in list(self.in_flight.values()):
            self.drop(one)
        self.owed = []


class Broker:
    def __init__(self):
        self.sessions, self.retained = [], {}

    def subscribe(self, session, filter, subscription):
        session.excuse(lambda one: one.filter == filter)
        is_new = filter not in session.filters
        session.filters[filter] = subscription
        if subscription.handling == 2 or (subscription.handling == 1 and not is_new):
            return
        for message in self.retained.values():
            if matches(filter, message.topic):
                session.owe_retained(filter, subscription, message)

    def unsubscribe(self, session, filter):
        session.excuse(lambda one: one.filter == filter)
        return session.filters.pop(filter, None) is not None

    def publish(self, message, must=True):
        """Returns whether somebody is owed it for sure."""
        wanted = False
        for session in self.sessions:
            matching = [s for f, s in session.filters.items() if matches(f, message.topic)]
            if matching:
                wanted = session.owe(message, matching, must) or wanted
        if message.retain:
            self.retain(message, must)
        return wanted

    def retain(self, message, must):
        old = self.retained.pop(message.topic, None)
        if message.payload:
            self.retained[message.topic] = message
        for session in self.sessions:
            session.excuse(lambda one: one.message is old)
