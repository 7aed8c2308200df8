# SPDX-License-Identifier: Apache-2.0
"""tiny.py - the tiny plugins of tests/plugins: how to load them, and what they said"""
import os
import re

from lib.daemon import BUILD
from lib.wait import wait_until

WORKERS = 3
SAID = re.compile(r"tiny: (\S+) (.+?) worker=(\d+): (.*)")


def path(file):
    return os.path.join(BUILD, "tests", "plugins", ".libs", file + ".so")


def section(file, label, **options):
    """One of `plugins:`; instances are told apart by their label, which is their name too."""
    return dict({"name": label, "path": path(file), "label": label}, **options)


def plugins(*sections, **settings):
    return dict({"workers": WORKERS, "plugins": list(sections)}, **settings)


def pair(file, **options):
    """Settings with two instances, "a" and then "b"."""
    return plugins(section(file, "a", **options), section(file, "b", **options))


def said(daemon, hook):
    """All calls of a hook: (label, worker, arguments), in their order."""
    return [(label, int(worker), text) for label, what, worker, text in SAID.findall(daemon.log())
            if what == hook]


def await_said(daemon, hook, expected):
    """Until the calls of a hook are these: (label, worker, arguments)."""
    wait_until(lambda: len(said(daemon, hook)) >= len(expected), 10,
               lambda: "%s called %d times: %s" % (hook, len(expected), said(daemon, hook)))
    assert said(daemon, hook) == expected, said(daemon, hook)


def counted(daemon):
    """Stops it; what was counted, by name, as "counts" among its plugins says."""
    daemon.stop()
    return {name: int(n) for name, n in (text.split() for _, _, text in said(daemon, "counted"))}


def worker_of(client_id):
    """The worker that a client id chooses: GLib's g_str_hash()."""
    value = 5381
    for char in client_id.encode():
        value = (value * 33 + char) & 0xFFFFFFFF
    return value % WORKERS


def clients_everywhere():
    """A client id for each worker."""
    ids = {}
    for i in range(100):
        ids.setdefault(worker_of("client%d" % i), "client%d" % i)
    assert len(ids) == WORKERS
    return [ids[worker] for worker in range(WORKERS)]
