# SPDX-License-Identifier: Apache-2.0
"""partner.py - a program of another make that our daemon talks to

It takes commands on its standard input, a line each, and writes what happens to it on its standard
output, a JSON object a line with the member "event".
"""
import fcntl
import json
import os
import subprocess

from lib import tap
from lib.daemon import die_with_parent
from lib.wait import wait_until


class Partner:
    def __init__(self, name, command):
        self.name, self.unread, self.events, self.heard = name, b"", [], []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        preexec_fn=die_with_parent)
        flags = fcntl.fcntl(self.process.stdout, fcntl.F_GETFL)
        fcntl.fcntl(self.process.stdout, fcntl.F_SETFL, flags | os.O_NONBLOCK)

    def tell(self, *words):
        self.process.stdin.write((" ".join(words) + "\n").encode())
        self.process.stdin.flush()

    def look(self):
        """Takes in what it has written since."""
        while True:
            more = self.process.stdout.read()
            if not more:
                break
            *lines, self.unread = (self.unread + more).split(b"\n")
            new = [json.loads(line) for line in lines]
            self.events += new
            self.heard += new

    def take(self, event, matches):
        """The first such event that was not taken yet; None: not so far."""
        self.look()
        for i, one in enumerate(self.events):
            if one["event"] == event and matches(one):
                return self.events.pop(i)
        assert self.process.poll() in (None, 0), "%s ended with %d" % (self.name, self.process.returncode)
        return None

    def await_event(self, event, matches=lambda _: True, timeout=15):
        return wait_until(lambda: self.take(event, matches), timeout, lambda: "%s of %s; it said: %s" % (
            event, self.name, self.tail()))[0]

    def tail(self):
        return "\n".join(json.dumps(one)[:400] for one in self.heard[-30:])

    def kill(self):
        """SIGKILL: a crash, as others see it."""
        self.process.kill()
        self.process.wait()

    def wait_exit(self, timeout=10):
        wait_until(lambda: self.process.poll() is not None, timeout, "the end of " + self.name)
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.kill()
        if kind not in (None, tap.Skipped):
            self.look()
            tap.diagnose("what %s said last:\n%s" % (self.name, self.tail()))
        self.process.stdin.close()
        self.process.stdout.close()
