# SPDX-License-Identifier: Apache-2.0
"""mqtt.py - one side of a conversation with a broker, byte by byte

A verb sends: subscribe(), publish(). A participle sends and sees the broker
answer that it is so: subscribed(), published(). expect() takes the next packet
and it must be that one. Nothing is sent or acknowledged behind one's back.
"""
import socket
import time

from lib import packet as p
from lib.tap import PATIENCE

DEADLINE = 5.0


class Closed(Exception):
    """The broker ended the connection."""


class Conversation:
    def __init__(self, address, version=5):
        self.version = version
        self.socket = socket.create_connection(address, DEADLINE * PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        self.next_id = 0
        self.connack = None

    # -- bytes and packets

    def send(self, data):
        self.socket.settimeout(DEADLINE * PATIENCE)
        self.socket.sendall(data)

    def fill(self, n, deadline):
        while len(self.unread) < n:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError("the broker sent nothing more in time; unread: %s" % self.unread.hex())
            self.socket.settimeout(left)
            try:
                more = self.socket.recv(1 << 16)
            except TimeoutError:
                continue
            except ConnectionError:
                more = b""
            if not more:
                assert not self.unread, "closed within a packet: %s" % self.unread.hex()
                raise Closed
            self.unread += more

    def receive(self, timeout=DEADLINE):
        """The next packet, whatever it is; Closed at the end."""
        deadline = time.monotonic() + timeout * PATIENCE
        at = 1
        self.fill(2, deadline)
        while self.unread[at] >= 0x80:
            at += 1
            self.fill(at + 1, deadline)
        length = p.Reader(self.unread[1:at + 1]).varint()
        self.fill(at + 1 + length, deadline)
        first, body = self.unread[0], self.unread[at + 1:at + 1 + length]
        self.unread = self.unread[at + 1 + length:]
        try:
            return p.decode(self.version, first, body)
        except AssertionError as error:
            raise AssertionError("%s in %02x %s" % (error, first, body[:200].hex())) from None

    def expect(self, kind, timeout=DEADLINE, **fields):
        try:
            packet = self.receive(timeout)
        except Closed:
            raise AssertionError("closed instead of %s" % p.NAMES[kind]) from None
        assert packet.type == kind, "%s expected, not %s" % (p.NAMES[kind], tell(packet))
        for name, value in fields.items():
            found = getattr(packet, name)
            assert found == value, "%s of %s is %r, not %r" % (name, tell(packet), found, value)
        return packet

    def expect_publish(self, topic, payload=b"", timeout=DEADLINE, **fields):
        return self.expect(p.PUBLISH, timeout, topic=topic, payload=payload, **fields)

    def expect_end(self, timeout=DEADLINE):
        """Closed, and not a word before."""
        try:
            raise AssertionError("%s instead of the end" % tell(self.receive(timeout)))
        except Closed:
            return

    def expect_closed(self, *reasons, timeout=DEADLINE):
        """Closed; if reasons are given, a client of MQTT 5.0 must be told one of them before."""
        try:
            packet = self.receive(timeout)
        except Closed:
            assert not reasons or self.version < 5, "closed without a DISCONNECT"
            return None
        assert packet.type == p.DISCONNECT, "closing expected, not %s" % tell(packet)
        assert not reasons or packet.reason in reasons, "DISCONNECT 0x%02x" % packet.reason
        self.expect_end(timeout)
        return packet

    def expect_refused(self, reason, v3_code):
        """CONNACK with the reason, and closed."""
        code = reason if self.version >= 5 else v3_code
        packet = self.expect(p.CONNACK, reason=code, session_present=0)
        self.expect_end()
        return packet

    def expect_rejected(self, *reasons):
        """Closed; before that a CONNACK with one of the reasons is allowed in MQTT 5.0, no other packet."""
        try:
            packet = self.receive()
        except Closed:
            return
        assert packet.type == p.CONNACK and self.version >= 5, "closing expected, not %s" % tell(packet)
        assert packet.reason in reasons and not packet.session_present, tell(packet)
        self.expect_end()

    def expect_quiet(self):
        """Nothing is on its way before the answer to a ping."""
        self.pinged()

    # -- verbs

    def fresh_id(self):
        self.next_id = self.next_id % 65535 + 1
        return self.next_id

    def connect(self, client_id="", **how):
        self.send(p.connect(self.version, client_id, **how))

    def publish(self, topic, payload=b"", qos=0, id=None, **how):
        id = self.fresh_id() if qos and id is None else id
        self.send(p.publish(self.version, topic, payload, qos, id, **how))
        return id

    def ack(self, kind, id, reason=None, properties=None):
        self.send(p.ack(kind, self.version, id, reason, properties))

    def subscribe(self, *filters, qos=0, id=None, properties=None):
        """Filters as strings, or as (filter, options byte)."""
        id = self.fresh_id() if id is None else id
        pairs = [f if isinstance(f, tuple) else (f, qos) for f in filters]
        self.send(p.subscribe(self.version, id, *pairs, properties=properties))
        return id

    def unsubscribe(self, *filters, id=None, properties=None):
        id = self.fresh_id() if id is None else id
        self.send(p.unsubscribe(self.version, id, *filters, properties=properties))
        return id

    def disconnect(self, reason=None, properties=None):
        """Says goodbye; the broker must close."""
        self.send(p.disconnect(self.version, reason, properties))
        self.expect_closed()
        self.drop()

    def drop(self):
        """Leaves without a word."""
        self.socket.close()

    # -- participles

    def connected(self, client_id="", session_present=0, **how):
        self.connect(client_id, **how)
        present = session_present if self.version > 3 else 0    # MQTT 3.1 has no such flag
        self.connack = self.expect(p.CONNACK, reason=0, session_present=present)
        return self

    def subscribed(self, *filters, qos=0, properties=None):
        id = self.subscribe(*filters, qos=qos, properties=properties)
        asked = [f[1] & 3 if isinstance(f, tuple) else qos for f in filters]
        return self.expect(p.SUBACK, id=id, reasons=asked)

    def unsubscribed(self, *filters):
        id = self.unsubscribe(*filters)
        reasons = [0] * len(filters) if self.version >= 5 else []
        return self.expect(p.UNSUBACK, id=id, reasons=reasons)

    def published(self, topic, payload=b"", qos=0, id=None, **how):
        """The whole exchange of its QoS; for QoS 0 a ping stands for the answer."""
        id = self.publish(topic, payload, qos, id, **how)
        if qos == 0:
            self.pinged()
        elif qos == 1:
            return self.expect_ack(p.PUBACK, id)
        else:
            first = self.expect_ack(p.PUBREC, id)
            self.ack(p.PUBREL, id)
            self.expect(p.PUBCOMP, id=id, reason=0)
            return first

    def expect_ack(self, kind, id):
        packet = self.expect(kind, id=id)
        assert packet.reason in (0, 0x10), "reason 0x%02x" % packet.reason
        return packet

    def pinged(self):
        self.send(p.PINGREQ_BYTES)
        self.expect(p.PINGRESP)

    def taken(self, topic, payload=b"", **fields):
        """Expects a PUBLISH and acknowledges it to the end."""
        packet = self.expect_publish(topic, payload, **fields)
        if packet.qos == 1:
            self.ack(p.PUBACK, packet.id)
        elif packet.qos == 2:
            self.ack(p.PUBREC, packet.id)
            self.expect(p.PUBREL, id=packet.id, reason=0)
            self.ack(p.PUBCOMP, packet.id)
        return packet


def tell(packet):
    fields = {k: v for k, v in vars(packet).items() if k not in ("type", "size")}
    return "%s %s" % (p.NAMES[packet.type], ", ".join("%s=%.200r" % kv for kv in fields.items()))
