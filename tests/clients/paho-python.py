# SPDX-License-Identifier: Apache-2.0
"""paho-python.py - a client made of Eclipse Paho's Python library; the twin of paho-c.c

    paho-python.py HOST:PORT ID 4|5
"""
import json
import sys
import threading

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

TIMEOUT_S = 20
MOST_SHOWN = 64
NAMES = {"expiry": "MessageExpiryInterval", "id": "SubscriptionIdentifier", "type": "ContentType",
         "response": "ResponseTopic", "correlation": "CorrelationData", "user": "UserProperty"}
NUMBERS = ("expiry", "id")

say_lock = threading.Lock()


def say(event, **fields):
    with say_lock:
        print(json.dumps(dict(fields, event=event)), flush=True)


def pattern(size):
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def make_payload(word):
    return pattern(int(word[1:])) if word.startswith("#") else word.encode()


def option(words, name):
    return next((word.split("=", 1)[1] for word in words if word.startswith(name + "=")), None)


def properties_of(words, place):
    found = Properties(place)
    for name, attribute in NAMES.items():
        value = option(words, name)
        if value is None:
            continue
        if name in NUMBERS:
            value = int(value)
        elif name == "user":
            value = tuple(value.split(":", 1))
        elif name == "correlation":
            value = value.encode()
        setattr(found, attribute, value)
    return found


def told(properties):
    """What a message's properties are called here, as text."""
    found = {}
    for name, attribute in NAMES.items():
        value = getattr(properties, attribute, None)
        if value is None:
            continue
        if isinstance(value, list):
            value = value[0]
        if isinstance(value, tuple):
            value = ":".join(value)
        found[name] = value.decode() if isinstance(value, bytes) else str(value)
    return found


class Client:
    def __init__(self, address, name, version):
        self.version = version
        self.host, port = address.rsplit(":", 1)
        self.port, self.name, self.library, self.loop = int(port), name, None, False
        self.answers = threading.Condition()
        self.answer = None

    # -- what comes

    def settle(self, value):
        with self.answers:
            self.answer = value
            self.answers.notify_all()

    def await_answer(self, act):
        with self.answers:
            self.answer = None
            act()
            if not self.answers.wait_for(lambda: self.answer is not None, TIMEOUT_S):
                sys.exit("paho-python: no answer")
            return self.answer

    def on_connect(self, _client, _data, flags, code, *_):
        if int(getattr(code, "value", code)):
            sys.exit("paho-python: refused, %s" % code)
        self.settle(("present", flags["session present"]))

    def on_subscribe(self, _client, _data, _id, granted, *_):
        self.settle(int(getattr(granted[0], "value", granted[0])) + 1)

    def on_message(self, _client, _data, message):
        size = len(message.payload)
        shown = {"payload": message.payload.decode()} if size <= MOST_SHOWN else {
            "intact": message.payload == pattern(size)}
        if self.version == 5:
            shown.update(told(message.properties))
        say("message", topic=message.topic, qos=message.qos, retain=int(message.retain), size=size, **shown)

    def on_disconnect(self, _client, _data, code, *_):
        self.settle(("end", code))

    # -- commands

    def make(self, clean):
        how = {"protocol": mqtt.MQTTv5} if self.version == 5 else {"clean_session": clean}
        library = mqtt.Client(self.name, **how)
        library.on_connect, library.on_subscribe = self.on_connect, self.on_subscribe
        library.on_message, library.on_disconnect = self.on_message, self.on_disconnect
        return library

    def connect(self, clean, *words):
        if self.library is None or clean == "1":
            self.library = self.make(clean == "1")
        if option(words, "will"):
            topic, payload = option(words, "will").split(":", 1)
            self.library.will_set(topic, payload, 1)
        how = {}
        if self.version == 5:
            how["clean_start"] = clean == "1"
            how["properties"] = Properties(PacketTypes.CONNECT)
            if option(words, "expiry"):
                how["properties"].SessionExpiryInterval = int(option(words, "expiry"))
        self.library.connect(self.host, self.port, **how)
        _, present = self.await_answer(self.library.loop_start)
        say("connected", present=int(present))

    def subscribe(self, topic, qos, *words):
        if self.version == 5:
            how = {"options": mqtt.SubscribeOptions(int(qos)),
                   "properties": properties_of(words, PacketTypes.SUBSCRIBE)}
        else:
            how = {"qos": int(qos)}
        say("subscribed", reason=self.await_answer(lambda: self.library.subscribe(topic, **how)) - 1)

    def publish(self, topic, qos, retain, payload, *words):
        how = {"properties": properties_of(words, PacketTypes.PUBLISH)} if self.version == 5 else {}
        sent = self.library.publish(topic, make_payload(payload), int(qos), retain == "1", **how)
        sent.wait_for_publish(TIMEOUT_S)
        if not sent.is_published():
            sys.exit("paho-python: not published")
        say("published")

    def disconnect(self):
        self.await_answer(self.library.disconnect)
        self.library.loop_stop()
        say("disconnected")


def main():
    client = Client(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    for line in sys.stdin:
        verb, *words = line.split()
        {"connect": client.connect, "subscribe": client.subscribe, "publish": client.publish,
         "disconnect": client.disconnect}[verb](*words)


main()
