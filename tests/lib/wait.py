# SPDX-License-Identifier: Apache-2.0
"""wait.py - waiting for a condition, never for a time"""
import time

from lib.tap import PATIENCE


def wait_until(condition, timeout=5.0, what=None):
    """Returns the condition's first true value, and how long it took in seconds."""
    started = time.monotonic()
    deadline = started + timeout * PATIENCE
    while True:
        value = condition()
        now = time.monotonic()
        if value:
            return value, now - started
        if now > deadline:
            text = what() if callable(what) else what or getattr(condition, "__name__", "it")
            raise AssertionError("not within %.1f s: %s" % (timeout * PATIENCE, text))
        time.sleep(0.002)
