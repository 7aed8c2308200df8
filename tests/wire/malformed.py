# SPDX-License-Identifier: Apache-2.0
"""malformed.py - packets that are none: each ends its connection, with the right reason (MQTT 4.13)"""
import struct

from lib import daemon, packet as p
from lib.mqtt import Closed
from lib.tap import covers, run, test, versions

MALFORMED, PROTOCOL_ERROR, TOPIC_INVALID, FILTER_INVALID = 0x81, 0x82, 0x90, 0x8F


def properties(version, encoded=b""):
    return bytes([len(encoded)]) + encoded if version >= 5 else b""


def refused(broker, version, packet, *reasons):
    client = broker.client("refused", version)
    client.send(packet)
    client.expect_closed(*reasons)


@test
@versions(4, 5)
@covers("MQTT-2.1.3-1", "MQTT-4.13.1-1", "MQTT-4.13.2-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.6.1-1", "MQTT-3.14.1-1",
        "MQTT-3.15.1-1",
        v311="MQTT-2.2.2-1 MQTT-2.2.2-2 MQTT-4.8.0-1 MQTT-3.8.1-1 MQTT-3.10.1-1 MQTT-3.6.1-1 MQTT-3.14.1-1")
def reserved_flags_must_be_as_they_are_reserved(broker, version):
    body = struct.pack(">H", 1)
    for kind, right in ((p.SUBSCRIBE, 2), (p.UNSUBSCRIBE, 2), (p.PUBREL, 2), (p.PUBACK, 0), (p.PUBREC, 0),
                        (p.PUBCOMP, 0), (p.PINGREQ, 0), (p.DISCONNECT, 0), (p.AUTH, 0)):
        for flags in range(16):
            if flags != right:
                refused(broker, version, p.raw(kind << 4 | flags, b"" if kind >= p.PINGREQ else body), MALFORMED)


@test
@versions(3, 4, 5)
@covers("MQTT-3.3.1-4", v311="MQTT-3.3.1-4")
def a_quality_of_service_of_three_is_malformed(broker, version):
    refused(broker, version, p.publish(version, "a", b"x", qos=3, id=1), MALFORMED)
    refused(broker, version, p.subscribe(version, 1, ("a", 3)), PROTOCOL_ERROR)     # MQTT 5.0, 3.8.3.1


@test
@versions(4, 5)
@covers("MQTT-3.3.1-2", v311="MQTT-3.3.1-2")
def a_duplicate_of_quality_zero_is_malformed(broker, version):
    refused(broker, version, p.publish(version, "a", b"x", dup=True), MALFORMED)


@test
@versions(3, 4, 5)
@covers("MQTT-2.2.1-3", "MQTT-2.2.1-4", v311="MQTT-2.3.1-1")
def a_packet_identifier_of_zero_is_none(broker, version):
    for packet in (p.publish(version, "a", b"x", qos=1, id=0), p.publish(version, "a", b"x", qos=2, id=0),
                   p.subscribe(version, 0, ("a", 0)), p.unsubscribe(version, 0, "a"),
                   p.ack(p.PUBREL, version, 0)):
        refused(broker, version, packet, MALFORMED, PROTOCOL_ERROR)


@test
@versions(3, 4, 5)
@covers("MQTT-3.3.2-1", "MQTT-3.3.2-2", "MQTT-4.7.0-1", "MQTT-4.7.3-1", "MQTT-4.7.3-2",
        v311="MQTT-3.3.2-1 MQTT-3.3.2-2 MQTT-4.7.1-1 MQTT-4.7.3-1 MQTT-4.7.3-2")
def a_topic_name_holds_no_wildcard_no_nul_and_is_not_empty(broker, version):
    for topic in (b"a/#", b"+", b"a\0b", b"\xff", b"\xed\xa0\x80", b""):
        refused(broker, version, p.publish(version, topic, b"x"), MALFORMED, PROTOCOL_ERROR, TOPIC_INVALID)


@test
@versions(3, 4, 5)
@covers("MQTT-1.5.4-1", "MQTT-1.5.4-2", "MQTT-4.7.1-1", "MQTT-4.7.1-2", v311="MQTT-1.5.3-1 MQTT-1.5.3-2 MQTT-4.7.1-2 MQTT-4.7.1-3")
def a_filter_has_its_wildcards_at_the_right_places(broker, version):
    for text in (b"a/#/b", b"a#", b"#/", b"a+", b"+a/b", b"a/b+", b"", b"a\0", b"\xc0\xaf",
                 b"$share/g", b"$share//a", b"$share/g+/a", b"$share/g/"):
        client = broker.client("refused", version)
        client.send(p.subscribe(version, 1, (text, 0)))
        try:
            packet = client.receive()
        except Closed:
            assert version < 5, text
            continue
        if packet.type == p.SUBACK:     # one bad filter need not cost the connection
            assert packet.reasons == [FILTER_INVALID if version >= 5 else 0x80], text
        else:
            assert packet.type == p.DISCONNECT and packet.reason in (MALFORMED, PROTOCOL_ERROR, FILTER_INVALID), text


@test
@versions(3, 4, 5)
@covers("MQTT-3.8.3-2", "MQTT-3.10.3-2", v311="MQTT-3.8.3-3 MQTT-3.10.3-2")
def a_subscribe_or_unsubscribe_without_a_filter_is_a_protocol_error(broker, version):
    for kind in (p.SUBSCRIBE, p.UNSUBSCRIBE):
        refused(broker, version, p.raw(kind << 4 | 2, struct.pack(">H", 1) + properties(version)), MALFORMED, PROTOCOL_ERROR)


@test
@covers("MQTT-3.8.3-5", "MQTT-3.8.3-4", v311="MQTT-3-8.3-4")
def reserved_subscription_options_are_malformed(broker):
    for options in (0x40, 0x80, 0x30):
        refused(broker, 5, p.subscribe(5, 1, ("a", options)), MALFORMED, PROTOCOL_ERROR)
    refused(broker, 4, p.subscribe(4, 1, ("a", 4)), MALFORMED)
    refused(broker, 5, p.subscribe(5, 1, ("$share/g/a", 4)), PROTOCOL_ERROR)


@test
@versions(3, 4, 5)
def what_only_a_server_says_is_a_protocol_error(broker, version):
    for packet in (p.raw(p.CONNACK << 4, b"\0\0" + properties(version)),
                   p.raw(p.SUBACK << 4, b"\0\1" + properties(version) + b"\0"),
                   p.raw(p.UNSUBACK << 4, b"\0\1" + properties(version) + b"\0"),
                   p.raw(p.PINGRESP << 4), p.raw(0, b"")):
        refused(broker, version, packet, MALFORMED, PROTOCOL_ERROR)


@test
def auth_is_no_packet_of_mqtt_3(broker):
    refused(broker, 4, p.raw(p.AUTH << 4))


@test
@versions(3, 4, 5)
@covers("MQTT-1.5.5-1")
def a_length_of_more_than_four_bytes_is_malformed(broker, version):
    refused(broker, version, bytes([p.PUBLISH << 4, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]), MALFORMED)


@test
@versions(3, 4, 5)
def a_packet_must_end_where_its_length_says(broker, version):
    for packet in (p.raw(p.PINGREQ << 4, b"x"), p.raw(p.PUBLISH << 4, struct.pack(">H", 200) + b"short"),
                   p.raw(p.PUBACK << 4, b"\0"), p.raw(p.SUBSCRIBE << 4 | 2, b"\0"),
                   p.raw(p.SUBSCRIBE << 4 | 2, b"\0\1" + properties(version) + b"\0\1a")):
        refused(broker, version, packet, MALFORMED)


@test
@covers("MQTT-4.13.1-1", "MQTT-3.3.2-14", "MQTT-3.3.4-6")
def properties_are_known_fit_their_packet_and_come_once(broker):
    def publish(encoded):
        return p.raw(p.PUBLISH << 4, p.string("a") + properties(5, encoded) + b"x")
    for encoded in (b"\x7f\0",              # unknown
                    b"\x11\0\0\0\1",        # Session Expiry Interval
                    b"\x01\2",              # Payload Format Indicator is 0 or 1
                    b"\x01\0\x01\0",        # twice
                    b"\x02\0",              # cut
                    b"\x0b\1",              # Subscription Identifier from a client
                    b"\x08" + p.string("a/+")):  # Response Topic with a wildcard
        refused(broker, 5, publish(encoded), MALFORMED, PROTOCOL_ERROR, TOPIC_INVALID)
    refused(broker, 5, p.raw(p.PUBLISH << 4, p.string("a") + b"\x05\x01"), MALFORMED)
    refused(broker, 5, p.subscribe(5, 1, ("a", 0), properties={"subscription_identifier": 0}), PROTOCOL_ERROR)


@test
@covers("MQTT-3.14.2-1")
def a_disconnect_reason_that_a_client_cannot_give_is_a_protocol_error(broker):
    refused(broker, 5, p.raw(p.DISCONNECT << 4, b"\x8e"), MALFORMED, PROTOCOL_ERROR)
    refused(broker, 5, p.raw(p.DISCONNECT << 4, b"\x03"), MALFORMED, PROTOCOL_ERROR)


run(given=daemon.for_test)
