# SPDX-License-Identifier: Apache-2.0
"""connect.py - how a connection begins (MQTT 3.1, 3.2)"""
import time

from lib import daemon, packet as p
from lib.tap import config, covers, run, test, versions


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.4-5", "MQTT-3.2.0-1", "MQTT-3.2.2-1", "MQTT-3.2.2-3",
        v311="MQTT-3.1.4-4 MQTT-3.2.0-1 MQTT-3.2.2-3 MQTT-7.0.0-2")
def a_connect_is_acknowledged(broker, version):
    broker.client("first", version).pinged()


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.0-1", "MQTT-3.14.0-1", v311="MQTT-3.1.0-1")
def the_first_packet_must_be_a_connect(broker, version):
    for packet in (p.PINGREQ_BYTES, p.publish(version, "a", b"x"), p.subscribe(version, 1, ("a", 0)),
                   p.disconnect(version)):
        conversation = broker.open(version)
        conversation.send(packet)
        conversation.expect_end()


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.0-2", "MQTT-3.2.0-2", v311="MQTT-3.1.0-2")
def a_second_connect_is_a_protocol_error(broker, version):
    client = broker.client("twice", version)
    client.connect("twice")
    client.expect_closed(0x82)


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-1", v311="MQTT-3.1.2-1")
def another_protocol_name_is_refused(broker, version):
    for name in ("MQTX", "mqtt", "", "MQTTT"):
        conversation = broker.open(version)
        conversation.connect("named", name=name)
        conversation.expect_rejected(0x81, 0x82, 0x84)


@test
@covers("MQTT-3.1.2-2", v311="MQTT-3.1.2-2")
def another_protocol_level_is_refused_with_a_reason(broker):
    for level in (0, 2, 6, 255):
        conversation = broker.open(5)
        conversation.connect("level", level=level)
        conversation.fill(4, time.monotonic() + 5)
        assert conversation.unread in (bytes.fromhex("20020001"), bytes.fromhex("2003008400")), conversation.unread
        conversation.unread = b""
        conversation.expect_end()


@test
@versions(4, 5)
@covers("MQTT-3.1.2-3", "MQTT-3.1.4-1", v311="MQTT-3.1.2-3 MQTT-3.1.4-1")
def the_reserved_connect_flag_must_be_zero(broker, version):
    conversation = broker.open(version)
    conversation.connect("reserved", flags=0x03)
    conversation.expect_rejected(0x81, 0x82)


@test
@versions(4, 5)
@covers("MQTT-3.1.2-11", "MQTT-3.1.2-12", "MQTT-3.1.2-13",
        v311="MQTT-3.1.2-11 MQTT-3.1.2-13 MQTT-3.1.2-14 MQTT-3.1.2-15")
def will_flags_must_agree_with_each_other(broker, version):
    for flags, will in ((0x0A, None), (0x22, None), (0x1E, p.Will("w"))):
        conversation = broker.open(version)
        conversation.connect("will", flags=flags, will=will)
        conversation.expect_rejected(0x81, 0x82)


@test
@versions(4, 5)
@covers("MQTT-3.1.2-9", "MQTT-3.1.2-17", "MQTT-3.1.2-19", v311="MQTT-3.1.2-9 MQTT-3.1.2-19 MQTT-3.1.2-21")
def what_the_connect_flags_promise_must_be_there(broker, version):
    for flags in (0x06, 0x82, 0xC2):
        conversation = broker.open(version)
        conversation.connect("promise", flags=flags)
        conversation.expect_rejected(0x81, 0x82)


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.2-16", "MQTT-3.1.2-18", v311="MQTT-3.1.2-18 MQTT-3.1.2-20")
def what_the_connect_flags_do_not_promise_must_not_be_there(broker, version):
    conversation = broker.open(version)
    conversation.connect("extra", flags=0x02, username="u", password="p")
    conversation.expect_rejected(0x81, 0x82)


@test
@covers(v311="MQTT-3.1.2-22")
def in_mqtt_3_a_password_needs_a_user_name(broker):
    conversation = broker.open(4)
    conversation.connect("pass", password="p")
    conversation.expect_end()


@test
def in_mqtt_5_a_password_may_come_alone(broker):
    broker.client("pass", 5, password="p").pinged()


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.3-4", "MQTT-3.1.3-11", "MQTT-3.1.3-12", "MQTT-1.5.4-1", "MQTT-1.5.4-2",
        v311="MQTT-3.1.3-4 MQTT-3.1.3-10 MQTT-3.1.3-11 MQTT-1.5.3-1 MQTT-1.5.3-2")
def strings_of_a_connect_must_be_utf_8(broker, version):
    for bad in (b"\xff", b"a\x00b", b"\xed\xa0\x80", b"\xc0\xaf"):
        for fields in ({"client_id": bad}, {"client_id": "c", "will": p.Will(bad)},
                       {"client_id": "c", "username": bad}):
            conversation = broker.open(version)
            conversation.connect(**fields)
            conversation.expect_rejected(0x81, 0x82, 0x85, 0x90)


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.3-5", v311="MQTT-3.1.3-5")
def client_identifiers_of_up_to_23_plain_characters_are_allowed(broker, version):
    for client_id in ("0", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ"):
        broker.client(client_id, version).pinged()


@test
@covers("MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16")
def an_empty_client_identifier_is_replaced_by_a_new_one(broker):
    clients = [broker.client("", 5) for _ in range(3)]
    names = {c.connack.properties["assigned_client_identifier"] for c in clients}
    assert len(names) == 3 and "" not in names, names
    for client in clients:
        client.pinged()


@test
@covers("MQTT-3.1.3-7", "MQTT-3.2.2-3")
def an_assigned_client_identifier_can_be_used_to_come_back(broker):
    first = broker.client("", 5, clean=False, properties={"session_expiry_interval": 60})
    name = first.connack.properties["assigned_client_identifier"]
    first.subscribed("again", qos=1)
    first.disconnect()
    broker.client(name, 5, clean=False, session_present=1)


@test
def a_given_client_identifier_is_not_assigned(broker):
    assert "assigned_client_identifier" not in broker.client("mine", 5).connack.properties


@test
@covers(v311="MQTT-3.1.3-6 MQTT-3.1.3-7 MQTT-3.1.3-8 MQTT-3.1.3-9 MQTT-3.2.2-4 MQTT-3.2.2-5")
def in_mqtt_3_an_empty_client_identifier_needs_a_clean_session(broker):
    broker.client("", 4).pinged()
    conversation = broker.open(4)
    conversation.connect("", clean=False)
    conversation.expect_refused(None, 0x02)


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.3-1", "MQTT-3.1.3-3", "MQTT-3.1.2-7", v311="MQTT-3.1.3-1 MQTT-3.1.3-3 MQTT-3.1.2-9")
def the_fields_of_a_connect_are_read_in_their_order(broker, version):
    witness = broker.client("witness", version)
    witness.subscribed("topic", qos=1)
    broker.client("id", version, will=p.Will("topic", b"message", 1), username="user", password=b"\xff\0").drop()
    witness.taken("topic", b"message")
    first = broker.client("id", version)        # it was "id", and not another of the strings
    broker.client("topic", version)
    first.pinged()
    broker.client("id", version)
    first.expect_closed(0x8E)
    whole = p.connect(version, "id")
    conversation = broker.open(version)
    conversation.send(p.raw(p.CONNECT << 4, whole[2:-4]))       # none of them is there
    conversation.expect_rejected(0x81)


@test
@covers("MQTT-3.1.4-1", "MQTT-3.2.2-7", "MQTT-3.2.2-8", "MQTT-4.13.1-1", "MQTT-4.13.2-1")
def mqtt_5_is_told_what_is_wrong_with_a_connect(broker):
    """It is allowed (3.1.4), and it helps."""
    for reason, how in ((0x81, {"flags": 0x03}), (0x81, {"client_id": b"\xff"}), (0x82, {"properties": {"receive_maximum": 0}}),
                        (0x81, {"properties": b"\x23\0\1"}), (0x90, {"will": p.Will("#")}), (0x84, {"level": 6})):
        conversation = broker.open(5)
        conversation.connect(**{"client_id": "c", **how})
        conversation.expect_refused(reason, None)


@test
@covers(v311="MQTT-3.1.4-1 MQTT-3.2.2-6")
def mqtt_3_is_told_nothing_when_a_connect_is_ill_formed(broker):
    for how in ({"flags": 0x03}, {"client_id": b"\xff"}, {"will": p.Will("#")}, {"will": p.Will("")}):
        conversation = broker.open(4)
        conversation.connect(**{"client_id": "c", **how})
        conversation.expect_end()


@test
@config(limits={"topic_alias_maximum": 0})
@covers("MQTT-3.2.2-18", "MQTT-3.2.2-17", "MQTT-3.1.2-27")
def where_no_topic_alias_is_allowed_none_is_taken(broker):
    client = broker.client("c", 5, properties={"topic_alias_maximum": 10})
    assert client.connack.properties.get("topic_alias_maximum", 0) == 0
    client.subscribed("a")
    for _ in range(2):
        client.publish("a", b"x")
        assert client.expect_publish("a", b"x").properties == {}
    client.publish("a", b"x", properties={"topic_alias": 1})
    client.expect_closed(0x94)


@test
@versions(4, 5)
@covers("MQTT-3.1.4-6", v311="MQTT-3.1.4-5")
def what_follows_a_refused_connect_is_not_processed(broker, version):
    watcher = broker.client("watcher", version)
    watcher.subscribed("after/#")
    conversation = broker.open(version)
    conversation.send(p.connect(version, "refused", flags=0x03) + p.publish(version, "after/refusal", b"x"))
    conversation.expect_rejected(0x81, 0x82)
    broker.client("other", version).publish("after/all", b"y")
    watcher.expect_publish("after/all", b"y")


@test
@versions(3, 4, 5)
def packets_may_follow_the_connect_at_once(broker, version):
    conversation = broker.open(version)
    conversation.send(p.connect(version, "hasty") + p.subscribe(version, 7, ("hasty", 0)) +
                      p.publish(version, "hasty", b"x") + p.PINGREQ_BYTES)
    conversation.expect(p.CONNACK, reason=0)
    conversation.expect(p.SUBACK, id=7, reasons=[0])
    seen = {conversation.receive().type, conversation.receive().type}
    assert seen == {p.PUBLISH, p.PINGRESP}, seen


@test
@versions(3, 4, 5)
@covers("MQTT-4.2.0-1", v311="MQTT-7.1.1-1")
def a_packet_may_come_byte_by_byte(broker, version):
    conversation = broker.open(version)
    for byte in p.connect(version, "slow", username="u", will=p.Will("w", b"x")):
        conversation.send(bytes([byte]))
    conversation.expect(p.CONNACK, reason=0)
    for byte in p.subscribe(version, 1, ("a/b", 1)) + p.PINGREQ_BYTES:
        conversation.send(bytes([byte]))
    conversation.expect(p.SUBACK, id=1, reasons=[1])
    conversation.expect(p.PINGRESP)


@test
@covers("MQTT-4.12.0-1", "MQTT-3.2.2-6", "MQTT-3.2.2-7")
def an_unknown_authentication_method_is_refused(broker):
    broker.client("auth", 5, properties={"session_expiry_interval": 60}).disconnect()   # Session Present is 0 all the same
    conversation = broker.open(5)
    conversation.connect("auth", clean=False, properties={"authentication_method": "unheard of"})
    conversation.expect_refused(0x8C, None)


@test
@covers("MQTT-4.12.0-6", "MQTT-4.12.0-7")
def an_auth_packet_without_a_method_is_a_protocol_error(broker):
    client = broker.client("auth", 5)
    assert "authentication_method" not in client.connack.properties
    client.send(p.auth(0x19, {"authentication_method": "x"}))
    client.expect_closed(0x82)


@test
@covers("MQTT-3.1.4-1")
def a_connect_property_out_of_its_range_is_a_protocol_error(broker):
    for properties in ({"receive_maximum": 0}, {"maximum_packet_size": 0}, {"request_problem_information": 2},
                       {"request_response_information": 2}, {"authentication_data": b"x"},
                       [("session_expiry_interval", 1), ("session_expiry_interval", 1)],
                       [("receive_maximum", 9), ("receive_maximum", 9)]):
        conversation = broker.open(5)
        conversation.connect("range", properties=properties)
        conversation.expect_rejected(0x82)


@test
@covers("MQTT-3.1.4-1")
def a_property_that_does_not_belong_into_a_connect_is_malformed(broker):
    for properties in ({"topic_alias": 1}, {"server_keep_alive": 1}, b"\x7f\x00", b"\x11\x00"):
        conversation = broker.open(5)
        conversation.connect("stray", properties=properties)
        conversation.expect_rejected(0x81, 0x82)


@test
@versions(3, 4, 5)
@covers("MQTT-3.1.4-1", v311="MQTT-3.1.4-1")
def a_connect_must_end_where_it_ends(broker, version):
    whole = p.connect(version, "size")
    for body in (whole[2:] + b"\x00", whole[2:-1], whole[2:8]):
        conversation = broker.open(version)
        conversation.send(p.raw(p.CONNECT << 4, body))
        conversation.expect_rejected(0x81, 0x82)


@test
@covers("MQTT-3.1.2-28")
def response_information_is_not_given_unasked(broker):
    for properties in (None, {"request_response_information": 0}):
        client = broker.client("quiet", 5, properties=properties)
        assert "response_information" not in client.connack.properties


@test
@config(response_information="answers/%c/100%%")
@covers("MQTT-3.1.2-28")
def response_information_is_given_to_who_asks_and_can_use_it(broker):
    def told(client_id, **properties):
        client = broker.client(client_id, 5, properties=properties)
        return client.connack.properties.get("response_information")
    assert told("me", request_response_information=1) == "answers/me/100%"
    assert told("me", request_response_information=0) is None
    assert told("me") is None
    for client_id in ("a/b", "a+", "#"):
        assert told(client_id, request_response_information=1) is None, client_id
    assert told("me", request_response_information=1, maximum_packet_size=40) is None
    client = broker.client("", 5, properties={"request_response_information": 1})
    found = client.connack.properties
    assert found["response_information"] == "answers/%s/100%%" % found["assigned_client_identifier"]


@test
@covers("MQTT-3.1.2-29")
def without_problem_information_acknowledgements_carry_no_reason_string(broker):
    client = broker.client("terse", 5, properties={"request_problem_information": 0})
    for answer in (client.published("nobody/wants/this", qos=1), client.published("nor/that", qos=2),
                   client.subscribed("a/b")):
        assert not answer.properties, answer.properties
    client.unsubscribe("never/subscribed", id=9)
    assert not client.expect(p.UNSUBACK, id=9).properties


@test
@covers("MQTT-3.2.2-9", "MQTT-3.2.2-22")
def the_connack_restricts_nothing_that_the_broker_can_do(broker):
    found = broker.client("able", 5, keep_alive=60).connack.properties
    for name in ("retain_available", "wildcard_subscription_available", "subscription_identifier_available",
                 "shared_subscription_available"):
        assert found.get(name, 1) == 1, name
    assert "maximum_qos" not in found
    assert found.get("receive_maximum", 1) > 0 and found.get("maximum_packet_size", 1) > 0
    assert found.get("server_keep_alive", 60) == 60


@test
@covers("MQTT-3.2.2-15")
@config(limits={"max_packet_size": "1KiB"})
def the_connack_announces_the_largest_packet(broker):
    assert broker.client("size", 5).connack.properties["maximum_packet_size"] == 1024


@test
@covers("MQTT-3.14.4-2", v311="MQTT-3.14.4-1")
@versions(3, 4, 5)
def after_disconnect_the_broker_closes(broker, version):
    broker.client("goodbye", version).disconnect()


@test
@versions(3, 4, 5)
@covers("MQTT-3.14.4-1", v311="MQTT-3.14.4-2")
def what_comes_behind_a_disconnect_is_not_processed(broker, version):
    watcher = broker.client("watcher", version)
    watcher.subscribed("#")
    client = broker.client("c", version)
    client.send(p.disconnect(version) + p.publish(version, "after", b"x") + p.PINGREQ_BYTES)
    client.expect_end()
    broker.client("other", version).publish("end", b"y")
    watcher.expect_publish("end", b"y")


run(daemon.for_test)
