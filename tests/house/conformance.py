# SPDX-License-Identifier: Apache-2.0
"""conformance.py - which test shows which normative statement

As a test: every statement that binds a server has a test or a reason, what binds clients too; every
number that a test cites exists; and no reason stands beside a test. With --table it prints all of it.
"""
import collections
import glob
import os
import subprocess
import sys

TOP = os.environ.get("VMQ_TOP_SRCDIR", os.getcwd())
LIST = os.path.join(TOP, "tests/data/statements.tsv")
STANDARDS = ("3.1.1", "5.0")

Statement = collections.namedtuple("Statement", "standard number binds text reason")


def statements():
    """By standard and number, in the order of the list."""
    found = {}
    with open(LIST, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                continue
            fields = line.rstrip("\n").split("\t")
            one = Statement(*(fields + [""])[:5])
            assert 4 <= len(fields) <= 5 and one.standard in STANDARDS, line
            assert one.binds in ("server", "client", "both") and one.text, line
            assert (one.standard, one.number) not in found, "twice: " + line
            found[one.standard, one.number] = one
    return found


def citing(path):
    with open(path, encoding="utf-8") as file:
        return "@covers(" in file.read()


def covered():
    """What --list of every test that cites says: the tests of each statement."""
    tests = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(TOP, "tests/*/*.py"))):
        if not citing(path) or os.path.samefile(path, __file__):
            continue
        environment = dict(os.environ, PYTHONPATH=os.path.join(TOP, "tests"), PYTHONDONTWRITEBYTECODE="1")
        listing = subprocess.run([sys.executable, path, "--list"], env=environment, check=True,
                                 stdout=subprocess.PIPE, text=True).stdout
        for line in listing.splitlines():
            name, *cited = line.split("\t")
            for statement in cited:
                tests[tuple(statement.split(" "))].append("%s: %s" % (os.path.relpath(path, TOP), name))
    return tests


def table(found, tests):
    for standard in STANDARDS:
        mine = [s for s in found.values() if s.standard == standard]
        print("\n== MQTT %s\n" % standard)
        for one in mine:
            print("%-16s %-7s %s" % (one.number, one.binds, one.text))
            for test in tests.get((standard, one.number), ()):
                print("    %s" % test)
            if one.reason:
                print("    no test: %s" % one.reason)
        serving = [s for s in mine if s.binds != "client"]
        shown = [s for s in serving if (standard, s.number) in tests]
        print("\nMQTT %s: %d statements bind a server, %d have a test, %d a reason for none; %d more bind"
              " clients, of which %d are tested by what becomes of those who do not obey" % (
                  standard, len(serving), len(shown), sum(bool(s.reason) for s in serving),
                  len(mine) - len(serving),
                  sum((standard, s.number) in tests for s in mine if s.binds == "client")))


def verdicts(found, tests):
    """Each check with what is wrong."""
    for standard in STANDARDS:
        mine = [s for s in found.values() if s.standard == standard]
        yield ("every statement of MQTT %s has a test or a reason" % standard,
               ["%s (%s): %s" % (s.number, s.binds, s.text) for s in mine
                if not s.reason and (standard, s.number) not in tests])
        yield ("no statement of MQTT %s has a test and a reason for none" % standard,
               [s.number for s in mine if s.reason and (standard, s.number) in tests])
    yield ("every number that is cited is one of the standards'",
           ["MQTT %s, %s in %s" % (*cited, ", ".join(tests[cited])) for cited in tests if cited not in found])


def main():
    found, tests = statements(), covered()
    if "--table" in sys.argv:
        table(found, tests)
        print()
    checks = list(verdicts(found, tests))
    print("1..%d" % len(checks))
    for number, (name, wrong) in enumerate(checks, 1):
        for line in wrong:
            print("# " + line)
        print("%s %d - %s" % ("not ok" if wrong else "ok", number, name))
    sys.exit(1 if any(wrong for _, wrong in checks) else 0)


main()
