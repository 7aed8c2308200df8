#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""instructions.py - how many instructions an operation takes, beside what it took when that was last recorded

The operations are those of tests/perf/micro.c. They are counted by callgrind: of two runs that differ in
how often the operation is done, the difference. Counts repeat, whatever else the machine does, so that a
drift is a change of the code, of the compiler or of a library. It is told, and judged by people.

    instructions.py [--record] [NAME ...]
"""
import argparse
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

MICRO = os.path.join(os.environ["VMQ_TOP_BUILDDIR"], "tests/perf/micro")
RECORD = os.path.join(os.environ["VMQ_TOP_SRCDIR"], "tests/perf/recorded.txt")
WORTH_A_LOOK = 2    # percent

Micro = namedtuple("Micro", "name operations what")
Row = namedtuple("Row", "micro now recorded")


# ---- counting

def can_count():
    return shutil.which("valgrind") is not None and os.path.exists(MICRO)


def say(*arguments):
    return subprocess.run([MICRO, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout


def read_table(names=()):
    table = [Micro(name, int(operations), what)
             for name, operations, what in (line.split("\t") for line in say("--list").splitlines())]
    unknown = set(names) - {m.name for m in table}
    if unknown:
        raise SystemExit("no such operation: " + ", ".join(sorted(unknown)))
    return [m for m in table if not names or m.name in names]


def instructions(name, operations):
    """Of all that the program does from its start to its end."""
    with tempfile.TemporaryDirectory(prefix="callgrind-") as folder:
        out = os.path.join(folder, "out")
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out, MICRO, name,
                               str(operations)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with open(out, encoding="utf-8") as file:
            return int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M).group(1))


def count(micro):
    few, many = micro.operations, 3 * micro.operations
    return (instructions(micro.name, many) - instructions(micro.name, few)) / (many - few)


def count_all(names=()):
    """A row for each operation, as soon as it is there."""
    recorded = read_record()[1]
    table = read_table(names)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for micro, now in zip(table, pool.map(count, table)):
            yield Row(micro, now, recorded.get(micro.name))


# ---- the record

def built():
    """What counts depend on beside the sources: glibc has other functions for other processors."""
    valgrind = subprocess.run(["valgrind", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        wide = " with AVX2" if " avx2 " in file.read() else ""
    return "%s, %s, %s%s" % (say("--built").strip(), valgrind.strip(), platform.machine(), wide)


def read_record():
    """What it was built with, and the instructions by name."""
    how, counts = "", {}
    if os.path.exists(RECORD):
        with open(RECORD, encoding="utf-8") as file:
            for line in file:
                if line.startswith("# built: "):
                    how = line[len("# built: "):].strip()
                elif line.strip() and not line.startswith("#"):
                    name, value = line.split()[:2]
                    counts[name] = float(value)
    return how, counts


def write_record(rows):
    counts = read_record()[1]
    counts.update((row.micro.name, row.now) for row in rows)
    with open(RECORD, "w", encoding="utf-8") as file:
        file.write("# Instructions of one operation, as callgrind counts them; written by ./dev bench --record\n"
                   "# built: %s\n\n" % built())
        for micro in read_table():
            if micro.name in counts:
                file.write("%-20s %14.1f  %s\n" % (micro.name, counts[micro.name], micro.what))


# ---- telling

def drift(row):
    """Percent; None: nothing is recorded."""
    return (row.now / row.recorded - 1) * 100 if row.recorded else None


def show_drift(row):
    by = drift(row)
    return "not recorded" if by is None else "%+.2f %%" % by if abs(by) >= 0.005 else "none"


def is_worth_a_look(row):
    by = drift(row)
    return by is not None and abs(by) >= WORTH_A_LOOK


def remark():
    """Why all of it may have drifted."""
    how, now = read_record()[0], built()
    return "" if how in ("", now) else "recorded with %s; this is %s" % (how, now)


def summary(rows):
    known = [r for r in rows if r.recorded]
    moved = [r for r in known if is_worth_a_look(r)]
    said = "%d of %d have drifted by %d %% or more." % (len(moved), len(known), WORTH_A_LOOK)
    return said + (" Mind what it is built with: %s." % remark() if remark() else "")


def print_all(names=()):
    """Prints the table and returns the rows."""
    rows = []
    print("%-20s %14s %14s %14s" % ("operation", "instructions", "recorded", "drift"), flush=True)
    for row in count_all(names):
        print("%-20s %14.1f %14s %14s%s" % (row.micro.name, row.now, "%.1f" % row.recorded if row.recorded else "-",
                                           show_drift(row), "  <--" if is_worth_a_look(row) else ""), flush=True)
        rows.append(row)
    print("\n" + summary(rows))
    return rows


def markdown(rows):
    yield "| Operation | Instructions | Recorded | Drift |"
    yield "|---|--:|--:|--:|"
    for row in rows:
        mark = "**%s**" if is_worth_a_look(row) else "%s"
        yield "| %s: %s | %.1f | %s | %s |" % (row.micro.name, row.micro.what, row.now,
                                              "%.1f" % row.recorded if row.recorded else "–", mark % show_drift(row))
    yield ""
    yield summary(rows)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench --micro", description="Counts the instructions of operations.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the operations that are counted (all)")
    parser.add_argument("--record", action="store_true", help="these counts are compared with from now on")
    options = parser.parse_args()
    if not can_count():
        raise SystemExit("valgrind is not here, or %s is not built" % MICRO)
    rows = print_all(options.names)
    if options.record:
        write_record(rows)
        print("recorded in " + RECORD)


if __name__ == "__main__":
    main()
