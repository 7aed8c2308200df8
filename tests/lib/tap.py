# SPDX-License-Identifier: Apache-2.0
"""tap.py - test functions whose names are sentences, told in TAP

    @test
    @covers("MQTT-3.12.4-1", v311="MQTT-3.12.4-1")
    def a_ping_is_answered(broker): ...

    run(given=Broker)

`given` makes what each test is handed; it is a context manager, called with the
test, and is left before the test's verdict is known: what goes wrong while it
closes fails the test too. Arguments on the command line select tests by a part
of their name; --list prints what each test covers.
"""
import contextlib
import functools
import os
import signal
import sys
import time
import traceback

PATIENCE = float(os.environ.get("VMQ_PATIENCE", "1"))   # above 1 where everything is slower

VERSION_NAMES = {3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5.0"}


class Skipped(Exception):
    """What a test needs is not here; the message says what."""


class TimedOut(BaseException):
    """Not an Exception, so that no `except` of a test swallows it."""


class Test:
    def __init__(self, function, arguments=(), suffix=""):
        self.function, self.arguments = function, arguments
        self.name = function.__name__.replace("_", " ") + suffix
        self.covers = getattr(function, "covers", ())
        self.config = getattr(function, "config", {})
        self.timeout = getattr(function, "timeout", 30)


tests = []


def test(function):
    """Registers a test; with @versions under it, once per version of MQTT."""
    versions = getattr(function, "versions", None)
    if versions is None:
        tests.append(Test(function))
    for version in versions or ():
        tests.append(Test(function, (version,), " (%s)" % VERSION_NAMES[version]))
    return function


def mark(**marks):
    def decorate(function):
        function.__dict__.update(marks)
        return function
    return decorate


def covers(*v5, v311=""):
    """The normative statements that a test exercises, numbered as in MQTT 5.0 and as in 3.1.1."""
    return mark(covers=[("5.0", s) for s in v5] + [("3.1.1", s) for s in v311.split()])


def versions(*numbers):
    """The protocol levels to run the test with; it takes the level as its last argument."""
    return mark(versions=numbers)


def config(**settings):
    """Settings of the daemon, over the usual ones."""
    return mark(config=settings)


def within(seconds):
    """Another timeout than 30 s."""
    return mark(timeout=seconds)


def diagnose(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def figure(text):
    """A measurement, for people to compare; never a verdict."""
    diagnose("figure: " + text)


def skip(why):
    raise Skipped(why)


@contextlib.contextmanager
def alarm(seconds):
    def on_alarm(*_):
        raise TimedOut("no end after %.0f s" % seconds)
    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def attempt(one, given):
    """Runs one test; returns what to print behind its number."""
    started = time.monotonic()
    try:
        with alarm(one.timeout * PATIENCE), given(one) as resource:
            one.function(*([] if resource is None else [resource]), *one.arguments)
    except Skipped as why:
        return True, " # SKIP %s" % why
    except (Exception, TimedOut):
        diagnose(traceback.format_exc())
        return False, ""
    took = time.monotonic() - started
    if took > 2:
        diagnose("took %.1f s" % took)
    return True, ""


@functools.wraps(contextlib.nullcontext)
def nothing(_):
    return contextlib.nullcontext()


def run(given=nothing):
    wanted = [a for a in sys.argv[1:] if not a.startswith("--")]
    chosen = [t for t in tests if not wanted or any(w in t.name for w in wanted)]
    if "--list" in sys.argv:
        for one in chosen:
            print("\t".join([one.name] + ["%s %s" % c for c in one.covers]))
        return
    print("1..%d" % len(chosen), flush=True)
    failed = 0
    for number, one in enumerate(chosen, 1):
        passed, directive = attempt(one, given)
        failed += not passed
        print("%s %d - %s%s" % ("ok" if passed else "not ok", number, one.name, directive), flush=True)
    sys.exit(1 if failed else 0)
