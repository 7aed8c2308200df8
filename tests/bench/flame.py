#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flame.py - where vibemqd's time goes in one scenario: a flame graph, and the shares of the stages

perf samples by the clock, as virtual machines seldom have hardware counters, and keeps a piece of the stack
with each sample. That is unwound by what the compiler wrote about frames, so that it is the binary as it is
installed, without frame pointers, that is looked at.
"""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from brokers import TOP, Vibemqd
from compare import BENCH
from lib.daemon import BUILD
from machine import Others
from perf import flamegraph, stacks
from report import show, value_of
from scenarios import SINGLE, THROUGHPUT

SAMPLES_PER_S = 1999
RECORD = ["perf", "record", "-e", "cpu-clock", "-F", str(SAMPLES_PER_S), "--call-graph", "dwarf,16384"]
BEFORE_S, AFTER_S = 2, 1        # of the load, of which nothing is recorded
FEW = 1000                      # samples, of which a share of 1 % is rough


# ---- recording

def perf(*command, why):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit("%s: %s\n%s" % (command[0], why, done.stderr.strip()))
    return done.stdout


def record(pid, seconds, path):
    perf(*RECORD, "-p", str(pid), "-o", path, "--", "sleep", str(seconds),
         why="cannot record; as root it can, or with kernel.perf_event_paranoid at 1 or below")


def load(scenario, broker, seconds):
    address = broker.addresses[0]
    return subprocess.Popen([BENCH, *scenario.arguments, "--json", "--pub-address", address, "--sub-address", address,
                             "--pid", str(broker.pids[0]), "--warmup", "1", "--duration",
                             str(BEFORE_S + seconds + AFTER_S)], stdout=subprocess.PIPE, text=True)


def measure(scenario, seconds):
    """The stacks, and the report of vibemq-bench."""
    with tempfile.TemporaryDirectory(prefix="flame-") as folder:
        path = os.path.join(folder, "perf.data")
        with Vibemqd() as broker, load(scenario, broker, seconds) as bench:
            time.sleep(BEFORE_S)
            record(broker.pids[0], seconds, path)
            report = json.loads(bench.communicate()[0])
        text = perf("perf", "script", "-i", path, "-F", stacks.FIELDS, why="cannot read what it recorded")
    return stacks.fold(text, our_files()), report


def our_files():
    return {name for top in ("src", "include") for _, _, names in os.walk(os.path.join(TOP, top)) for name in names}


# ---- telling

def subtitles(folded, report):
    delivered, cpu = (show(value_of(report, figure), figure) for figure in THROUGHPUT)
    yield "%d samples of CPU time; %s messages delivered per second, at %s each" % (
        sum(folded.values()), delivered, cpu)
    yield "%s; Linux %s" % (Vibemqd().version(), platform.release().split("-")[0])


def print_stages(folded, report):
    each = 1000 * report["broker"]["us_per_delivery"]
    print("%-32s %8s %16s" % ("", "share", "of a delivery"))
    for stage, share in stacks.stages(folded):
        print("%-32s %6.1f %% %13.0f ns" % (stage, 100 * share, share * each))
    print("%-32s %8s %13.0f ns" % ("all", "", each))


def read_options():
    table = {s.key: s for s in SINGLE if s.lasts}
    parser = argparse.ArgumentParser(prog="./dev bench --flame", description="Draws where the time goes.",
                                     epilog="\n".join("  %-4s %s" % (s.key, s.title) for s in table.values()),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", metavar="SCENARIO", choices=table, help="one of those below")
    parser.add_argument("file", nargs="?", metavar="FILE", help="(build/flame-SCENARIO.svg)")
    parser.add_argument("--seconds", type=float, default=3, metavar="N", help="that are recorded (3)")
    options = parser.parse_args()
    options.file = options.file or os.path.join(BUILD, "flame-%s.svg" % options.scenario)
    options.scenario = table[options.scenario]
    return options


def main():
    options = read_options()
    if not shutil.which("perf"):
        raise SystemExit("perf is not here; it is in the package linux-perf")
    with Others() as others:
        folded, report = measure(options.scenario, options.seconds)
    if not folded:
        raise SystemExit("perf saw nothing of vibemqd")
    title = "Where the time of vibemqd goes: " + options.scenario.title
    lines = flamegraph.svg(folded, title, *subtitles(folded, report))
    with open(options.file, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print_stages(folded, report)
    print("\n%s; %d samples%s. Other programs used %.2f cores meanwhile." % (
        options.file, sum(folded.values()), ", which are few" if sum(folded.values()) < FEW else "", others.cores))


if __name__ == "__main__":
    main()
