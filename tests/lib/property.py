# SPDX-License-Identifier: Apache-2.0
"""property.py - MQTT 5.0 properties (2.2.2): names, types and where they may stand

In Python a set of properties is a dict from name to value; what may come more
than once is a list. encode() takes that, pairs (to say something twice), or bytes.
"""
import struct

from lib import basics as p

WILL = 0    # the will properties of CONNECT, as a place of its own

ACKS = {p.PUBACK, p.PUBREC, p.PUBREL, p.PUBCOMP, p.SUBACK, p.UNSUBACK}
CLOSING = {p.CONNACK, p.DISCONNECT, p.AUTH}
EVERYWHERE = ACKS | CLOSING | {WILL, p.CONNECT, p.PUBLISH, p.SUBSCRIBE, p.UNSUBSCRIBE}

TABLE = {
    0x01: ("payload_format_indicator", "u8", {p.PUBLISH, WILL}),
    0x02: ("message_expiry_interval", "u32", {p.PUBLISH, WILL}),
    0x03: ("content_type", "string", {p.PUBLISH, WILL}),
    0x08: ("response_topic", "string", {p.PUBLISH, WILL}),
    0x09: ("correlation_data", "binary", {p.PUBLISH, WILL}),
    0x0B: ("subscription_identifier", "varint", {p.PUBLISH, p.SUBSCRIBE}),
    0x11: ("session_expiry_interval", "u32", {p.CONNECT, p.CONNACK, p.DISCONNECT}),
    0x12: ("assigned_client_identifier", "string", {p.CONNACK}),
    0x13: ("server_keep_alive", "u16", {p.CONNACK}),
    0x15: ("authentication_method", "string", {p.CONNECT, p.CONNACK, p.AUTH}),
    0x16: ("authentication_data", "binary", {p.CONNECT, p.CONNACK, p.AUTH}),
    0x17: ("request_problem_information", "u8", {p.CONNECT}),
    0x18: ("will_delay_interval", "u32", {WILL}),
    0x19: ("request_response_information", "u8", {p.CONNECT}),
    0x1A: ("response_information", "string", {p.CONNACK}),
    0x1C: ("server_reference", "string", {p.CONNACK, p.DISCONNECT}),
    0x1F: ("reason_string", "string", ACKS | CLOSING),
    0x21: ("receive_maximum", "u16", {p.CONNECT, p.CONNACK}),
    0x22: ("topic_alias_maximum", "u16", {p.CONNECT, p.CONNACK}),
    0x23: ("topic_alias", "u16", {p.PUBLISH}),
    0x24: ("maximum_qos", "u8", {p.CONNACK}),
    0x25: ("retain_available", "u8", {p.CONNACK}),
    0x26: ("user_property", "pair", EVERYWHERE),
    0x27: ("maximum_packet_size", "u32", {p.CONNECT, p.CONNACK}),
    0x28: ("wildcard_subscription_available", "u8", {p.CONNACK}),
    0x29: ("subscription_identifier_available", "u8", {p.CONNACK}),
    0x2A: ("shared_subscription_available", "u8", {p.CONNACK}),
}
BY_NAME = {name: (number, kind) for number, (name, kind, _) in TABLE.items()}
REPEATED = ("user_property", "subscription_identifier")

ENCODERS = {
    "u8": lambda v: struct.pack(">B", v),
    "u16": lambda v: struct.pack(">H", v),
    "u32": lambda v: struct.pack(">I", v),
    "varint": p.varint,
    "string": p.string,
    "binary": p.string,
    "pair": lambda v: p.string(v[0]) + p.string(v[1]),
}


def one(name, value):
    number, kind = BY_NAME[name]
    return p.varint(number) + ENCODERS[kind](value)


def encode(properties):
    """With the property length in front."""
    if isinstance(properties, bytes):
        return p.varint(len(properties)) + properties
    pairs = properties.items() if isinstance(properties, dict) else properties or ()
    body = b"".join(one(name, v) for name, value in pairs
                    for v in (value if isinstance(value, list) else [value]))
    return p.varint(len(body)) + body


def decode(reader, place):
    """Refuses what the standard forbids the broker to send."""
    part = p.Reader(reader.take(reader.varint()))
    found = {}
    while part.left():
        number = part.varint()
        assert number in TABLE, "unknown property 0x%02x" % number
        name, kind, places = TABLE[number]
        assert place in places, "%s may not stand in %s" % (name, p.NAMES[place])
        value = getattr(part, kind)()
        if name in REPEATED:
            found.setdefault(name, []).append(value)
        else:
            assert name not in found, "%s comes twice" % name
            found[name] = value
    return found
