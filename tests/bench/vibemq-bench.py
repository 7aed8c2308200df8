#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vibemq-bench.py - each scenario, small, against a real daemon, and verification against bad ones"""
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from broker import FakeBroker
from brokers import Floor
from confine import SCHED_DEADLINE, confine
from lib.cluster import Cluster
from lib.daemon import BUILD, Daemon
from lib.tap import PATIENCE, figure, run, skip, test, within

LOST, USAGE, BROKEN, WRONG = 1, 2, 3, 4
NO_BOUNDS = {"limits": {"max_queued_messages": 0, "max_queued_bytes": 0}}
SMALL_CROWD = ("-P", "4", "-S", "3")


def call(*arguments):
    command = [os.path.join(BUILD, "vibemq-bench"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100 * PATIENCE)


def bench(address, *arguments, status=0):
    """The report of a run that ends with the status."""
    done = call(*arguments, "--json", "--address", address, "--patience", str(PATIENCE / 2), "--warmup", "0")
    assert done.returncode == status, (arguments, done)
    return json.loads(done.stdout)


def address_of(daemon):
    return "%s:%d" % daemon.addresses[0]


def small(daemon, *arguments, messages=50):
    """A run of a number of messages, of which each one arrives; the costs are the daemon's."""
    report = bench(address_of(daemon), *arguments, "-n", str(messages), "--pid", str(daemon.process.pid))
    assert report["expected"] == report["received"] > 0, report
    assert not any(report[k] for k in ("lost", "duplicates", "late", "damaged", "refused", "given_up")), report
    return report


def check_traffic(report, published, per_message=None):
    assert report["published"] == published, report
    if per_message is not None:
        assert report["received"] == published * per_message, report
    latency = report["latency_us"]
    assert 0 < latency["p50"] <= latency["p99"] <= latency["p99_9"] <= latency["max"], report
    assert report["delivered_per_s"] > 0 and report["broker"]["peak_kib"] > 0, report


# ---- scenarios

@test
def fan_in():
    with Daemon() as daemon:
        check_traffic(small(daemon, "fan-in", "-P", "20", "-S", "3"), 20 * 50, 3)


@test
def fan_in_where_subscribers_share_the_publishers():
    with Daemon() as daemon:
        check_traffic(small(daemon, "fan-in", "-P", "20", "-S", "4", "-T", "4"), 20 * 50, 1)


@test
def fan_out():
    with Daemon() as daemon:
        check_traffic(small(daemon, "fan-out", "-P", "2", "-S", "40"), 2 * 50, 40)


@test
@within(60)
def pairs_with_every_quality_and_version():
    with Daemon() as daemon:
        for version in ("3.1.1", "5"):
            for qos in ("0", "1", "2"):
                check_traffic(small(daemon, "pairs", "-P", "10", "-q", qos, "--mqtt", version), 500, 1)


@test
def a_window_that_waits_for_acknowledgement_and_delivery():
    with Daemon() as daemon:
        check_traffic(small(daemon, "fan-out", *SMALL_CROWD, "-q", "2", "--pace", "delivered"), 4 * 50, 3)


@test
def large_and_tiny_messages():
    with Daemon() as daemon:
        check_traffic(small(daemon, "fan-out", *SMALL_CROWD, "-s", "16"), 4 * 50, 3)
        check_traffic(small(daemon, "fan-out", *SMALL_CROWD, "-s", "300000", messages=10), 4 * 10, 3)


@test
def many_topics():
    with Daemon() as daemon:
        check_traffic(small(daemon, "topics", "-T", "200", "-P", "5", "-S", "7"), 5 * 50, 1)


@test
def many_subscriptions():
    with Daemon() as daemon:
        report = small(daemon, "subscriptions", "-F", "2000", "-T", "500", "-P", "5", "-S", "9")
        check_traffic(report, 5 * 50)
        assert report["received"] > report["published"], report


@test
def retained_messages_are_stored_drained_and_cleared():
    with Daemon() as daemon:
        for qos in ("0", "1"):
            report = small(daemon, "retained", "-T", "600", "-P", "3", "-S", "2", "-q", qos)
            counts = {k: report[k]["count"] for k in ("stored", "drained", "cleared")}
            assert counts == {"stored": 600, "drained": 1200, "cleared": 600}, report
            assert report["stored"]["bytes_each"] >= 0, report


@test
def a_backlog_is_queued_and_drained():
    with Daemon(NO_BOUNDS) as daemon:
        for options in ((), ("--mqtt", "5", "-q", "2")):
            report = small(daemon, "backlog", "-P", "4", "-S", "3", *options, messages=100)
            assert report["queued"]["count"] == report["drained"]["count"] == 4 * 100 * 3, report


@test
def connections():
    with Daemon() as daemon:
        report = bench(address_of(daemon), "connect", "-C", "200", "--pid", str(daemon.process.pid))
        assert report["connected"]["count"] == 200, report
        assert report["connected"]["per_s"] > 0 and report["latency_us"]["p50"] > 0, report


@test
def idle_connections_beside_another_scenario():
    with Daemon() as daemon:
        report = small(daemon, "pairs", "-P", "5", "-i", "100")
        assert report["idle"]["count"] == 100, report
        check_traffic(report, 250, 1)


@test
def a_duration_and_a_rate():
    with Daemon() as daemon:
        report = bench(address_of(daemon), "fan-in", *SMALL_CROWD, "-r", "200", "-d", "0.5")
        # The rate is an upper bound, whatever the machine does; it may not be reached.
        assert 0 < report["published"] <= 4 * 200 * 0.5 * 1.1 + 4 or report["seconds"] > 0.6, report
        assert report["lost"] == 0 and report["received"] == 3 * report["published"], report
        figure("%.0f of 800 messages/s published at a rate" % report["published_per_s"])


@test
def several_threads():
    with Daemon() as daemon:
        for how in (("fan-in", "-P", "30", "-S", "5"), ("fan-out", "-P", "5", "-S", "30", "-q", "1")):
            check_traffic(small(daemon, *how, "-t", "3"), int(how[2]) * 50, int(how[4]))


@test
@within(60)
def more_subscribers_than_a_turn_writes_to():
    with Daemon({"workers": 2, **NO_BOUNDS}) as daemon:
        for qos in ("0", "1", "2"):
            check_traffic(small(daemon, "fan-out", "-P", "5", "-S", "300", "-q", qos, messages=20), 5 * 20, 300)


@test
@within(60)
def across_nodes():
    with Cluster(2) as nodes:
        report = bench(address_of(nodes[1]), "pairs", "-P", "10", "-q", "1", "-n", "50",
                       "--sub-address", address_of(nodes[2]))
        assert report["expected"] == report["received"] == 500 and report["lost"] == 0, report


@test
def the_report_is_also_for_people():
    with Daemon() as daemon:
        done = call("pairs", "-P", "2", "-n", "10", "-a", address_of(daemon), "--pid", str(daemon.process.pid))
        assert done.returncode == 0, done
        for word in ("delivered", "p99.9", "us of CPU per delivered message", "0 lost"):
            assert word in done.stdout, done


@test
@within(120)
def brokers_are_compared_in_a_table_and_a_plot():
    twin = "twin=%s --port {port}" % os.path.join(BUILD, "vibemqd")
    with tempfile.TemporaryDirectory() as report:
        done = subprocess.run([sys.executable, os.path.join(HERE, "compare.py"), "c", "--rounds", "1", "--seconds",
                               "0.2", "--peer", twin, "--report", report], capture_output=True, text=True)
        assert done.returncode == 0, done
        with open(os.path.join(report, "report.md"), encoding="utf-8") as file:
            lines = file.readlines()
        rows = [line for line in lines if line.startswith("| c ")]
        columns = rows[0].split("|")[4:-1]
        assert len(rows) == 2 and len(columns) >= 2 and all(re.search(r"[1-9]", c) for c in columns), rows
        assert all(re.search(r"\(\d", c) for c in columns[1:]) and "(" not in columns[0], rows
        for fact in ("cores", "Other programs used", "1 round of 0.2 seconds", "twin: "):
            assert any(fact in line for line in lines), (fact, lines)
        plot = xml.etree.ElementTree.parse(os.path.join(report, "report.svg"))
        assert "twin" in [e.text for e in plot.iter("{http://www.w3.org/2000/svg}text")]


@test
def workers_can_be_confined_to_a_share_of_a_core():
    with Daemon({"workers": 2}) as daemon:
        pid = daemon.process.pid
        try:
            confine(pid, 0.05)
        except PermissionError:
            skip("not allowed to choose a scheduler")
        threads = os.listdir("/proc/%d/task" % pid)
        assert len(threads) >= 2 and all(os.sched_getscheduler(int(t)) & 7 == SCHED_DEADLINE for t in threads), threads
        small(daemon, "pairs", "-P", "10", "-q", "1")


@test
def the_floor_carries_what_it_is_compared_in():
    with Floor() as floor:
        for options, messages, publishers, per_message in (
                (("fan-in", "-P", "20", "-S", "3"), 50, 20, 3),
                (("fan-out", "-P", "2", "-S", "40"), 50, 2, 40),
                (("fan-out", *SMALL_CROWD, "--mqtt", "5"), 50, 4, 3),
                (("fan-out", *SMALL_CROWD, "-s", "30000", "-w", "0"), 300, 4, 3),     # more than sockets take
                (("pairs", "-P", "10"), 50, 10, 1),
                (("subscriptions", "-F", "2000", "-T", "500", "-P", "5", "-S", "9"), 50, 5, None)):
            report = bench(floor.addresses[0], *options, "-n", str(messages), "--pid", str(floor.pids[0]))
            assert report["expected"] == report["received"] and report["lost"] == 0, report
            check_traffic(report, publishers * messages, per_message)


# ---- what goes wrong is seen

def seen(fault, status, *arguments):
    with FakeBroker(fault) as broker:
        return bench(broker.address, "fan-out", "-P", "2", "-S", "3", "-n", "20", *arguments, status=status)


@test
def a_broker_without_fault_passes():
    report = seen(None, 0)
    assert report["received"] == 2 * 3 * 20, report


@test
def a_lost_message_fails_the_run():
    report = seen(lambda n, packet: [] if n == 7 else [packet], LOST)
    assert report["lost"] == 2 * 3, report


@test
def a_lost_last_message_fails_the_run():
    report = seen(lambda n, packet: [] if n == 19 else [packet], LOST)
    assert report["lost"] == 2 * 3, report


@test
def messages_that_are_all_lost_fail_the_run():
    report = seen(lambda n, packet: [], LOST, "-w", "0")
    assert report["lost"] == 2 * 3 * 20 and report["received"] == 0, report


@test
def a_duplicate_fails_the_run():
    report = seen(lambda n, packet: [packet] * (2 if n == 5 else 1), WRONG)
    assert report["duplicates"] == 2 * 3 and report["lost"] == 0, report


@test
def a_swap_fails_the_run():
    held = []

    def swap(n, packet):
        if n % 20 == 4:
            held.append(packet)
            return []
        return [packet, held.pop()] if held else [packet]
    report = seen(swap, WRONG, "-P", "1")
    assert report["late"] == 3 and report["lost"] == 0, report


@test
def a_changed_byte_fails_the_run():
    report = seen(lambda n, packet: [packet[:-1] + bytes([packet[-1] ^ 1])] if n == 5 else [packet], LOST)
    assert report["damaged"] == 2 * 3 and report["lost"] == 2 * 3, report


@test
def a_broker_that_refuses_ends_the_run():
    with FakeBroker(refuses=True) as broker:
        report = bench(broker.address, "pairs", "-P", "2", "-n", "1", status=BROKEN)
        assert "refused the connection" in report["failure"], report


@test
def a_broker_that_is_not_there_ends_the_run():
    with FakeBroker() as broker:
        address = broker.address
    report = bench(address, "pairs", "-P", "2", "-n", "1", status=BROKEN)
    assert "refused" in report["failure"], report


@test
def a_wrong_command_line_is_its_own_status():
    assert call("sing").returncode == USAGE
    assert call("pairs", "--qos", "7").returncode == USAGE
    assert call("--version").stdout.startswith("vibemq-bench ")


run()
