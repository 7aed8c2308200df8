# SPDX-License-Identifier: Apache-2.0
"""with_mosquitto.py - mosquitto_pub, mosquitto_sub and mosquitto_rr

How a subscriber tells that it is there: its last filter, READY, is its own, and what comes by it is not printed.
"""
import os
import shutil
import subprocess

from lib import daemon, tap
from lib.cluster import await_interest
from lib.daemon import die_with_parent
from lib.tap import PATIENCE, run, skip, test, versions

NAMES = {3: "mqttv31", 4: "mqttv311", 5: "mqttv5"}
LARGE = 1024 * 1024 - 100           # limits.max_packet_size is 1 MiB, and a packet has a head
DEADLINE = 15
FOREVER = ("-x", "4294967295")


def command(broker, program, version, *arguments):
    host, port = broker.addresses[0]
    return [program, "-h", host, "-p", str(port), "-V", NAMES[version], *arguments]


def publish(broker, version, *arguments, data=b""):
    subprocess.run(command(broker, "mosquitto_pub", version, *arguments), input=data, check=True,
                   timeout=DEADLINE * PATIENCE)


class Running:
    """A program that goes on until it has what it wants."""

    def __init__(self, broker, program, version, *arguments):
        self.process = subprocess.Popen(command(broker, program, version, *arguments), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, preexec_fn=die_with_parent)

    def output(self):
        """All that it prints until it ends by itself."""
        out, _ = self.process.communicate(timeout=DEADLINE * PATIENCE)
        assert self.process.returncode == 0, "status %d: %s" % (self.process.returncode, out)
        return out

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


def subscribe(broker, version, name, *arguments):
    """Returns when it has subscribed."""
    ready = "ready/" + name
    running = Running(broker, "mosquitto_sub", version, "-i", name, *arguments, "-t", ready, "-T", ready)
    try:
        await_interest(broker.client("looks-for-" + name), ready)
    except BaseException:
        running.kill()
        raise
    return running


@test
@versions(3, 4, 5)
def messages_arrive_with_each_quality(broker, version):
    with subscribe(broker, version, "reader", "-q", "2", "-t", "a/#", "-C", "3", "-F", "%t %q %p") as reader:
        for qos in "012":
            publish(broker, version, "-q", qos, "-t", "a/b", "-m", "m" + qos)
        assert reader.output() == b"a/b 0 m0\na/b 1 m1\na/b 2 m2\n"


@test
@versions(4, 5)
def a_session_is_resumed_with_what_waited(broker, version):
    lasting = ["-c", "-q", "2", "-t", "a", *(FOREVER if version == 5 else ())]
    with Running(broker, "mosquitto_sub", version, "-i", "away", "-E", *lasting) as first:
        first.output()                      # -E: it leaves when it has subscribed
    lines = b"".join(b"%d\n" % i for i in range(100))
    publish(broker, version, "-q", "1", "-t", "a", "-l", data=lines)
    publish(broker, version, "-q", "2", "-t", "a", "-l", data=lines)
    with Running(broker, "mosquitto_sub", version, "-i", "away", "-C", "200", *lasting) as second:
        assert second.output() == lines * 2


@test
@versions(4, 5)
def large_payloads_arrive_whole(broker, version):
    payload = os.urandom(LARGE)
    with subscribe(broker, version, "reader", "-q", "2", "-t", "large", "-N", "-C", "2") as reader:
        for qos in "02":
            publish(broker, version, "-q", qos, "-t", "large", "-s", data=payload)
        assert reader.output() == payload * 2


@test
@versions(4, 5)
def a_killed_client_leaves_its_will(broker, version):
    with subscribe(broker, version, "witness", "-q", "1", "-t", "will", "-C", "1") as witness:
        with subscribe(broker, version, "dies", "-t", "x", "--will-topic", "will", "--will-payload", "gone",
                       "--will-qos", "1") as dies:
            dies.kill()
        assert witness.output() == b"gone\n"


@test
@versions(3, 4, 5)
def retained_messages_are_set_read_and_removed(broker, version):
    for i in range(3):
        publish(broker, version, "-r", "-q", "1", "-t", "state/%d" % i, "-m", "s%d" % i)
    publish(broker, version, "-r", "-n", "-t", "state/1")
    with Running(broker, "mosquitto_sub", version, "-t", "state/#", "-C", "2", "-F", "%r %t %p") as reader:
        assert sorted(reader.output().splitlines()) == [b"1 state/0 s0", b"1 state/2 s2"]
    for i in (0, 2):
        publish(broker, version, "-r", "-n", "-t", "state/%d" % i)
    late = broker.client("late")
    late.subscribed("state/#")
    late.expect_quiet()


@test
def properties_arrive(broker):
    with subscribe(broker, 5, "reader", "-t", "a", "-D", "subscribe", "subscription-identifier", "9", "-C", "1",
                   "-F", "%C|%D|%P|%R|%S|%F|%p") as reader:
        properties = [("content-type", "text/plain"), ("correlation-data", "c1"), ("user-property", "k", "v"),
                      ("response-topic", "reply"), ("payload-format-indicator", "1")]
        arguments = [word for one in properties for word in ("-D", "publish", *one)]
        publish(broker, 5, "-t", "a", "-m", "x", *arguments)
        assert reader.output() == b"text/plain|c1|k:v|reply|9|1|x\n"


@test
def a_request_is_answered(broker):
    """mosquitto_rr asks; the other two answer by what the request says."""
    with subscribe(broker, 5, "service", "-t", "request", "-C", "1", "-F", "%R|%D|%p") as service:
        with Running(broker, "mosquitto_rr", 5, "-t", "request", "-e", "reply/rr", "-m", "2+2",
                     "-D", "publish", "correlation-data", "sum", "-F", "%D %p") as asking:
            topic, correlation, question = service.output().decode().strip().split("|")
            assert question == "2+2"
            publish(broker, 5, "-t", topic, "-m", "4", "-D", "publish", "correlation-data", correlation)
            assert asking.output() == b"sum 4\n"


@test
def a_topic_alias_takes_the_place_of_a_topic(broker):
    with subscribe(broker, 5, "reader", "-t", "long/topic", "-C", "3", "-F", "%t %p") as reader:
        publish(broker, 5, "-t", "long/topic", "-l", "-D", "publish", "topic-alias", "3", data=b"1\n2\n3\n")
        assert reader.output() == b"long/topic 1\nlong/topic 2\nlong/topic 3\n"


def given(one):
    if not shutil.which("mosquitto_rr"):
        skip("mosquitto-clients is not installed")
    return daemon.for_test(one)


run(given=given)
