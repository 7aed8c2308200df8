# SPDX-License-Identifier: Apache-2.0
"""scenarios.py - the table of what is compared: the arguments of vibemq-bench, and the figures that count"""
from collections import namedtuple

# A figure of the report; `path` in its JSON, `scale` from there to `unit`.
Figure = namedtuple("Figure", "label path unit scale is_rate", defaults=(1, True))
# `lasts`: it is measured for so many seconds; `has_floor`: it asks for no more than floor.c can do.
Scenario = namedtuple("Scenario", "key title arguments figures lasts has_floor", defaults=(True, False))

DELIVERED = Figure("delivered/s", "delivered_per_s", "/s")
CPU = Figure("broker CPU per delivery", "broker.us_per_delivery", "µs", 1, False)
MEAN = Figure("latency, mean", "latency_us.mean", "ms", 1e-3, False)
P99 = Figure("latency, p99", "latency_us.p99", "ms", 1e-3, False)
THROUGHPUT = (DELIVERED, CPU)
LATENCY = (MEAN, P99)


def args(text):
    return tuple(text.split())


SINGLE = (
    Scenario("a", "QoS 0 fan-in 500 → 10, window 4", args("fan-in -w 4"), THROUGHPUT, has_floor=True),
    Scenario("b", "QoS 0 fan-out 10 → 1000, window 4", args("fan-out -w 4"), THROUGHPUT, has_floor=True),
    Scenario("c", "QoS 1, 100 pairs, window 16", args("pairs -q 1 -w 16"), THROUGHPUT),
    Scenario("d", "QoS 2, 100 pairs, window 16", args("pairs -q 2 -w 16"), THROUGHPUT),
    Scenario("e", "QoS 1 fan-out 5 → 500, window 4", args("fan-out -P 5 -S 500 -q 1 -w 4"), THROUGHPUT),
    Scenario("f", "10 000 connections", args("connect -C 10000"), (
        Figure("connects/s", "connected.per_s", "/s"),
        Figure("resident, each", "connected.bytes_each", "B", 1, False)), False),
    Scenario("g", "100 000 retained, then drained to #", args("retained -T 100000"), (
        Figure("stored/s", "stored.per_s", "/s"),
        Figure("drained/s", "drained.per_s", "/s"),
        Figure("resident, each", "stored.bytes_each", "B", 1, False)), False),
    Scenario("h", "200 000 filters over 1000 clients, random topics", args("subscriptions -F 200000"), THROUGHPUT,
             has_floor=True),
    Scenario("i", "as c with 5000 idle connections", args("pairs -q 1 -w 16 -i 5000"), THROUGHPUT),
    Scenario("j", "as b with MQTT 5", args("fan-out -w 4 --mqtt 5"), THROUGHPUT, has_floor=True),
    Scenario("k", "as a with 1 KiB payload", args("fan-in -w 4 -s 1024"), THROUGHPUT, has_floor=True),
    Scenario("l", "10 subscribers away, 10 × 1000 QoS 1 queued for each", args("backlog -n 1000"), (
        Figure("drained/s", "drained.per_s", "/s"),
        Figure("resident, each", "queued.bytes_each", "B", 1, False)), False),
    Scenario("v2", "100 × 1/s → 2000, QoS 0", args("fan-out -P 100 -S 2000 -r 1"), LATENCY, has_floor=True),
    Scenario("v3", "2000 × 10/s → 100, QoS 2", args("fan-in -P 2000 -S 100 -T 100 -r 10 -q 2"), LATENCY),
)

# Where the subscribers are on other nodes than their publishers, if there are others.
CLUSTER = (
    Scenario("r", "QoS 1, 100 pairs, window 16, across nodes", args("pairs -q 1 -w 16"), THROUGHPUT),
    Scenario("r2", "QoS 1, 100 pairs, 1000 messages/s, across nodes", args("pairs -q 1 -r 10"), LATENCY),
)
