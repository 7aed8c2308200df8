#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py - runs the table of scenarios against several brokers, and writes a report

Each run has a fresh broker; of each scenario the rounds go through all brokers, so that a slow minute
of the machine is everybody's; figures are medians over the rounds. What a broker lost, doubled or
reordered stands beside them.
"""
import argparse
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from brokers import Floor, Nodes, Peer, Vibemqd, find_mosquitto
from lib.daemon import BUILD
from machine import Others
from perf import instructions
from report import FAULTS, show, value_of, write_report
from scenarios import CLUSTER, SINGLE

BENCH = os.path.join(BUILD, "vibemq-bench")
OTHER = """
With all scenarios, the instructions of single operations are counted at the end.

  ./dev bench --micro [NAME ...]            counts these alone
  ./dev bench --record [NAME ...]           and writes down what later counts are compared with
  ./dev bench --instructions [FAN-OUT ...]  counts those of the whole daemon for a message
  ./dev bench --flame SCENARIO [FILE]       draws where the time of one scenario goes
"""


class Options(argparse.Namespace):
    """What was asked for."""

    def __init__(self):
        super().__init__()
        self.started = time.monotonic()

    def minutes(self):
        return round((time.monotonic() - self.started) / 60)

    def warmup(self):
        return min(1, self.seconds / 2)


def list_scenarios():
    for title, table in (("scenarios:", SINGLE), ("scenarios with --cluster:", CLUSTER)):
        yield title
        yield from ("  %-4s %s" % (s.key, s.title) for s in table)


def read_options():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Compares brokers with vibemq-bench.",
                                     epilog="\n".join(list_scenarios()) + "\n" + OTHER,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="see below (all)")
    parser.add_argument("--cluster", action="store_true", help="1, 2 and 3 nodes of vibemqd instead of peers")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND",
                        help="another broker; {port} in the command, and {dir} for a folder of its own")
    parser.add_argument("--workers", default="1", metavar="N,…", help="of vibemqd; each number joins in (1)")
    parser.add_argument("--share", type=float, default=1, metavar="X",
                        help="of a core, that each worker has, as if there were cores for all of them; vibemqd alone"
                        " takes part, and it takes root (1)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of which the medians are taken (5)")
    parser.add_argument("--seconds", type=float, default=3, metavar="N", help="that a load is measured (3)")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of the load (1)")
    parser.add_argument("--report", default=os.path.join(BUILD, "bench"), metavar="DIR", help="(build/bench)")
    options = parser.parse_args(namespace=Options())
    table = CLUSTER if options.cluster else SINGLE
    unknown = set(options.scenarios) - {s.key for s in table}
    if unknown:
        parser.error("no such scenario: " + ", ".join(sorted(unknown)))
    if any("=" not in p for p in options.peer):
        parser.error("--peer takes NAME=COMMAND")
    if not 0.01 <= options.share <= 1:
        parser.error("--share takes 0.01 to 1")
    if options.share < 1 and (options.cluster or options.peer):
        parser.error("--share is for vibemqd alone: neither --cluster nor --peer")
    options.table = [s for s in table if not options.scenarios or s.key in options.scenarios]
    return options


def choose_brokers(options):
    workers = [int(w) if w.isdigit() else w for w in options.workers.split(",")]
    if options.cluster:
        return [Nodes(n, workers[0]) for n in (1, 2, 3)]
    ours = [Vibemqd(w, len(workers) == 1, options.share) for w in workers]
    if options.share < 1:
        return ours
    others = find_mosquitto() + [Peer(*p.split("=", 1)) for p in options.peer] + [Floor()]
    return ours + [b for b in others if any(b.takes(s) for s in options.table)]


def run_once(scenario, broker, options):
    """The report of vibemq-bench; "failure" in it says why there is none."""
    with Others() as others, broker as running:
        # The subscribers of the i-th node's publishers are on the next one.
        elsewhere = running.addresses[1:] + running.addresses[:1]
        command = [BENCH, *scenario.arguments, "--json", "--pub-address", ",".join(running.addresses),
                   "--sub-address", ",".join(elsewhere), "--pid", ",".join(map(str, running.pids)),
                   "--threads", str(options.threads)]
        if scenario.lasts:
            command += ["--duration", str(options.seconds), "--warmup", str(options.warmup())]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return dict(json.loads(done.stdout), others_cores=others.cores)


def tell(scenario, broker, report):
    figure = scenario.figures[0]
    value = value_of(report, figure)
    said = show(value, figure) + " " + figure.label if value is not None else report.get("failure", "nothing")
    faults = ", ".join("%d %s" % (report[f], f) for f in FAULTS if report.get(f))
    print("%-3s %-22s %s%s" % (scenario.key, broker.name, said, "; " + faults if faults else ""), flush=True)


def run_all(brokers, options):
    """By key of the scenario and name of the broker, the reports of all rounds."""
    runs = {}
    for scenario in options.table:
        able = [b for b in brokers if b.takes(scenario)]
        for round_ in range(options.rounds):
            first = round_ % len(able)
            for broker in able[first:] + able[:first]:
                report = run_once(scenario, broker, options)
                runs.setdefault(scenario.key, {}).setdefault(broker.name, []).append(report)
                tell(scenario, broker, report)
        write_report(options, brokers, runs)    # what there is, should somebody lose his patience
    return runs


def count_instructions(options):
    """None where all scenarios were not asked for, or nothing can count."""
    if options.scenarios or options.cluster:
        return None
    print("")
    if not instructions.can_count():
        print("valgrind is not here, or tests/perf/micro is not built: no instructions are counted")
        return None
    return instructions.print_all()


def main():
    options = read_options()
    brokers = choose_brokers(options)
    runs = run_all(brokers, options)
    write_report(options, brokers, runs, count_instructions(options))
    print("\n%s/report.md, report.svg and runs.json" % options.report)


if __name__ == "__main__":
    main()
