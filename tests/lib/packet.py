# SPDX-License-Identifier: Apache-2.0
"""packet.py - MQTT control packets as bytes, and back

The encoders write what they are told, also what no client should ever send; the
decoder is strict about what a broker sends. `version` is the protocol level: 3,
4 or 5.
"""
import struct
from types import SimpleNamespace

from lib import property as props
from lib.basics import *  # noqa: F403 - the names of the packets are this module's too
from lib.basics import NAMES, Reader, string, varint


def raw(first, body=b""):
    """Any packet: its first byte, the right remaining length, and a body."""
    return bytes([first]) + varint(len(body)) + body


def properties_of(version, properties):
    return props.encode(properties) if version >= 5 else b""


class Will:
    def __init__(self, topic, payload=b"", qos=0, retain=False, properties=None):
        self.topic, self.payload, self.properties = topic, payload, properties
        self.flags = 0x04 | qos << 3 | retain << 5


def connect(version, client_id="", clean=True, keep_alive=0, will=None, username=None, password=None,
            properties=None, name=None, level=None, flags=None):
    if flags is None:
        flags = (clean << 1 | (will.flags if will else 0) | (username is not None) << 7 |
                 (password is not None) << 6)
    body = string(("MQIsdp" if version == 3 else "MQTT") if name is None else name)
    body += bytes([version if level is None else level, flags]) + struct.pack(">H", keep_alive)
    body += properties_of(version, properties) + string(client_id)
    if will:
        body += properties_of(version, will.properties) + string(will.topic) + string(will.payload)
    body += b"".join(string(s) for s in (username, password) if s is not None)
    return raw(CONNECT << 4, body)


def publish(version, topic, payload=b"", qos=0, id=None, retain=False, dup=False, properties=None):
    body = string(topic) + (struct.pack(">H", id) if id is not None else b"")
    return raw(PUBLISH << 4 | dup << 3 | qos << 1 | retain,
               body + properties_of(version, properties) + payload)


def ack(kind, version, id, reason=None, properties=None):
    """PUBACK, PUBREC, PUBREL, PUBCOMP; without reason and properties in the short form."""
    body = struct.pack(">H", id)
    if version >= 5 and (reason is not None or properties):
        body += bytes([reason or 0]) + (props.encode(properties) if properties is not None else b"")
    return raw(kind << 4 | (2 if kind == PUBREL else 0), body)


def subscribe(version, id, *filters, properties=None):
    """Filters as (filter, options byte)."""
    body = b"".join(string(f) + bytes([options]) for f, options in filters)
    return raw(SUBSCRIBE << 4 | 2, struct.pack(">H", id) + properties_of(version, properties) + body)


def unsubscribe(version, id, *filters, properties=None):
    body = b"".join(string(f) for f in filters)
    return raw(UNSUBSCRIBE << 4 | 2, struct.pack(">H", id) + properties_of(version, properties) + body)


def disconnect(version, reason=None, properties=None):
    if version < 5 or reason is None:
        return raw(DISCONNECT << 4)
    return raw(DISCONNECT << 4, bytes([reason]) + (props.encode(properties) if properties is not None else b""))


def auth(reason, properties=None):
    return raw(AUTH << 4, bytes([reason]) + props.encode(properties))


PINGREQ_BYTES = raw(PINGREQ << 4)


# The reason codes that a server may give in each packet of MQTT 5.0 (3.2.2.2, 3.4.2.1 and on), and in MQTT 3.
REASONS = {
    CONNACK: {0, *range(0x80, 0x8B), 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F},
    PUBACK: {0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99},
    PUBREL: {0, 0x92},
    SUBACK: {0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2},
    UNSUBACK: {0, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91},
    DISCONNECT: {0, *range(0x80, 0x84), 0x87, 0x89, 0x8B, *range(0x8D, 0x91), *range(0x93, 0xA3)},
    AUTH: {0, 0x18},
}
REASONS[PUBREC], REASONS[PUBCOMP] = REASONS[PUBACK], REASONS[PUBREL]
V3_REASONS = {CONNACK: set(range(6)), SUBACK: {0, 1, 2, 0x80}}


def check_reasons(version, packet):
    legal = (REASONS if version >= 5 else V3_REASONS).get(packet.type, {0})
    for reason in getattr(packet, "reasons", [getattr(packet, "reason", 0)]):
        assert reason in legal, "0x%02x is no reason for %s" % (reason, NAMES[packet.type])


def decode(version, first, body):
    """What a broker sent; an assertion fails where the standard is not kept."""
    kind, flags, r = first >> 4, first & 15, Reader(body)
    packet = SimpleNamespace(type=kind, size=1 + len(varint(len(body))) + len(body))
    assert kind in DECODERS, "a broker sends no %s" % NAMES[kind]
    assert kind == PUBLISH or flags == (2 if kind == PUBREL else 0), "reserved flags 0x%x" % flags
    packet.properties = {}
    DECODERS[kind](packet, r, version, flags)
    check_reasons(version, packet)
    assert not r.left(), "%d bytes after the end of %s" % (r.left(), NAMES[kind])
    return packet


def decode_connack(packet, r, version, _):
    packet.session_present, packet.reason = r.u8(), r.u8()
    assert packet.session_present <= 1, "reserved acknowledge flags"
    if version >= 5:
        packet.properties = props.decode(r, CONNACK)


def decode_publish(packet, r, version, flags):
    packet.dup, packet.qos, packet.retain = flags >> 3, flags >> 1 & 3, flags & 1
    packet.topic = r.string()
    packet.id = r.u16() if packet.qos else None
    assert packet.qos < 3 and packet.id != 0 and not (packet.dup and not packet.qos), "bad PUBLISH header"
    if version >= 5:
        packet.properties = props.decode(r, PUBLISH)
    packet.payload = r.rest()


def decode_ack(packet, r, version, _):
    packet.id, packet.reason = r.u16(), 0
    if version >= 5 and r.left():
        packet.reason = r.u8()
        if r.left():
            packet.properties = props.decode(r, packet.type)


def decode_suback(packet, r, version, _):
    packet.id = r.u16()
    if version >= 5:
        packet.properties = props.decode(r, packet.type)
    packet.reasons = list(r.rest())


def decode_disconnect(packet, r, version, _):
    assert version >= 5, "%s to a client of MQTT 3" % NAMES[packet.type]
    packet.reason = r.u8() if r.left() else 0
    if r.left():
        packet.properties = props.decode(r, packet.type)


DECODERS = {CONNACK: decode_connack, PUBLISH: decode_publish, SUBACK: decode_suback,
            UNSUBACK: decode_suback, DISCONNECT: decode_disconnect, AUTH: decode_disconnect,
            PINGRESP: lambda *_: None}
DECODERS.update(dict.fromkeys((PUBACK, PUBREC, PUBREL, PUBCOMP), decode_ack))
