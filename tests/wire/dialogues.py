# SPDX-License-Identifier: Apache-2.0
"""dialogues.py - two sessions say what comes to mind, legal and not, and a model knows what must come of it

What is said follows from a number, the seed. A dialogue that fails prints its seed and what was said last;

    VMQ_SEED=n      has that one again, and prints all of it
    VMQ_SEEDS=n     has n of them with each number of workers instead of the usual few

With one worker the same is said and heard each time; with two, what crosses threads may come sooner or later.
"""
import collections
import os
import random

from lib import daemon
from lib.model import Broker, Message, Session
from lib.speaker import RECEIVE_MAXIMUM, Speaker
from lib.tap import config, diagnose, figure, run, test, within
from lib.wait import wait_until

N_STEPS = 80
SEEDS = ([int(os.environ["VMQ_SEED"])] if "VMQ_SEED" in os.environ else
         range(1, 1 + int(os.environ.get("VMQ_SEEDS", "15"))))


class Dialogue:
    def __init__(self, broker, seed):
        self.broker, self.dice, self.model = broker, random.Random(seed), Broker()
        self.prefix, self.serial = "s%d/" % seed, 0
        self.said = collections.deque(maxlen=None if "VMQ_SEED" in os.environ else 60)
        self.topics = [self.prefix + name for name in ("x", "y", "x/z", "will")]
        self.filters = self.topics + [self.prefix + name for name in ("+", "#", "x/#", "+/z", "+/+")]
        self.witness = broker.client("s%dwitness" % seed)
        self.witness.subscribed(self.prefix + "will", qos=0)
        self.speakers = []
        for letter in "ab":
            version = self.dice.choice((3, 4, 5, 5))
            session = Session("s%d%s" % (seed, letter), version, version == 5 and self.dice.random() < 0.3)
            self.model.sessions.append(session)
            self.speakers.append(Speaker(self, session))

    def note(self, text):
        self.said.append(text)

    def message(self, publisher, topic, qos, retain):
        self.serial += 1
        return Message(publisher, topic, b"%d" % self.serial, qos, retain)

    def new_message(self, publisher, qos=None):
        message = self.message(publisher, self.dice.choice(self.topics[:3]),
                               self.dice.randrange(3) if qos is None else qos, self.dice.random() < 0.25)
        if message.retain and self.dice.random() < 0.3:
            message.payload = b""
        return message

    def settle(self):
        """Both are there and answer all, until nobody is owed anything."""
        self.note("-- settling")
        for speaker in self.speakers:
            if not speaker.session.connected:
                speaker.connect()

        def is_settled():
            for speaker in self.speakers:
                speaker.answer_all()
                speaker.sync()
            return not any(s.to_answer or s.session.debts() for s in self.speakers)
        wait_until(is_settled, 5, lambda: "owed still: %s" % [s.session.debts() for s in self.speakers])
        for speaker in self.speakers:
            speaker.session.write_off()

    def hold(self):
        for i in range(N_STEPS):
            self.dice.choice(self.speakers).step()
            for speaker in self.speakers:
                speaker.sync()
            if i % 20 == 19:
                self.settle()
        self.clean_up()

    def clean_up(self):
        for speaker in self.speakers:
            speaker.connect(True, False)
            speaker.disconnect()
        for topic in list(self.model.retained):
            self.witness.publish(topic, b"", retain=True)
        self.witness.disconnect()


def hold_dialogues(broker):
    for seed in SEEDS:
        dialogue = Dialogue(broker, seed)
        try:
            dialogue.hold()
        except BaseException:
            diagnose("\n".join(dialogue.said))
            diagnose("VMQ_SEED=%d fails so" % seed)
            raise
        finally:
            for speaker in dialogue.speakers:
                if speaker.connection:
                    speaker.connection.drop()
        if "VMQ_SEED" in os.environ:
            diagnose("\n".join(dialogue.said))
    figure("%d dialogues of %d steps" % (len(SEEDS), N_STEPS))


LIMITS = {"receive_maximum": RECEIVE_MAXIMUM, "max_packet_size": "64KiB"}


@test
@within(60 + len(SEEDS))
@config(workers=1, limits=LIMITS)
def sessions_on_one_worker_get_what_they_are_owed(broker):
    hold_dialogues(broker)


@test
@within(60 + len(SEEDS))
@config(workers=2, limits=LIMITS)
def sessions_on_two_workers_get_what_they_are_owed(broker):
    hold_dialogues(broker)


run(given=daemon.for_test)
