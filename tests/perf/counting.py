#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""counting.py - what instructions.py makes of counts, with a valgrind that makes them up"""
import contextlib
import os
import subprocess
import sys
import tempfile

from lib.tap import run, test

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.py")

# Each program has 1000 instructions, and 7 for each operation.
VALGRIND = """#!/bin/sh
case $1 in --version) echo valgrind-0; exit ;; esac
for last; do :; done
echo "totals: $((1000 + 7 * last))" >"${2#--callgrind-out-file=}"
"""


@contextlib.contextmanager
def house(*recorded):
    """A function that calls the program in a house where these lines are recorded, and the record's path."""
    with tempfile.TemporaryDirectory() as top:
        os.makedirs(os.path.join(top, "tests/perf"))
        record, valgrind = os.path.join(top, "tests/perf/recorded.txt"), os.path.join(top, "valgrind")
        with open(record, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in recorded)
        with open(valgrind, "w", encoding="utf-8") as file:
            file.write(VALGRIND)
        os.chmod(valgrind, 0o755)
        env = dict(os.environ, VMQ_TOP_SRCDIR=top, PATH=top + ":" + os.environ["PATH"])

        def call(*arguments):
            done = subprocess.run([sys.executable, PROGRAM, *arguments], env=env, capture_output=True, text=True)
            assert done.returncode == 0, done
            return done.stdout
        yield call, record


def row_of(said, name):
    return next(line for line in said.splitlines() if line.startswith(name + " ")).split()[1:]


@test
def an_operation_is_the_difference_of_two_runs():
    with house() as (call, _):
        assert row_of(call("relay"), "relay") == ["7.0", "-", "not", "recorded"]


@test
def drift_is_told_and_pointed_at_where_it_is_worth_a_look():
    with house("relay 7.0", "qos-1 3.5 what it is", "qos-2 7.1") as (call, _):
        said = call()
        assert row_of(said, "relay") == ["7.0", "7.0", "none"], said
        assert row_of(said, "qos-1") == ["7.0", "3.5", "+100.00", "%", "<--"], said
        assert row_of(said, "qos-2") == ["7.0", "7.1", "-1.41", "%"], said
        assert "1 of 3 have drifted" in said, said


@test
def another_compiler_is_told():
    with house("# built: by hand", "relay 7.0") as (call, _):
        assert "recorded with by hand; this is gcc" in call("relay").replace("clang", "gcc")


@test
def what_is_recorded_drifts_no_more():
    with house("relay 8.0", "qos-1 9.0") as (call, record):
        call("--record", "relay")
        said = call("relay", "qos-1")
        assert row_of(said, "relay")[2] == "none" and row_of(said, "qos-1")[1] == "9.0", said
        assert "recorded with" not in said, said
        with open(record, encoding="utf-8") as file:
            assert [line.split()[0] for line in file if line[0] not in "#\n"] == ["qos-1", "relay"]


run()
