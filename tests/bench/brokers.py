# SPDX-License-Identifier: Apache-2.0
"""brokers.py - the brokers that are compared, each started afresh for each run

A broker is a context manager with `name` and `takes(scenario)`, and inside the context `addresses`,
"host:port" of each node, and `pids`. Bounds that would make a broker drop what it is measured with are
lifted where that can be configured, and as many messages may be in flight to a client for all.
"""
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile

from confine import confine
from lib.cluster import Cluster
from lib.daemon import BUILD, Daemon, die_with_parent
from lib.wait import wait_until

TOP = os.environ["VMQ_TOP_SRCDIR"]
LIMITS = {"max_queued_messages": 0, "max_queued_bytes": 0, "max_inflight": 512}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    def takes(self, scenario):
        """Can it do at all what the scenario asks for?"""
        return True


class Vibemqd(Broker):
    def __init__(self, workers=1, is_alone=True, share=1):
        """`share`: of a core, that each worker may use."""
        self.workers, self.share = workers, share
        self.name = "vibemqd" if is_alone else "vibemqd, %s worker%s" % (workers, "s" if workers != 1 else "")

    def __enter__(self):
        self.daemon = Daemon({"workers": self.workers, "limits": LIMITS})
        self.daemon.__enter__()
        self.addresses = ["%s:%d" % self.daemon.addresses[0]]
        self.pids = [self.daemon.process.pid]
        if self.share < 1:
            self.confine()
        return self

    def confine(self):
        try:
            confine(self.pids[0], self.share)
        except OSError as error:
            self.__exit__(None, None, None)
            raise SystemExit("the workers cannot be given %g of a core each: %s" % (self.share, error)) from error

    def __exit__(self, *error):
        self.daemon.__exit__(*error)

    def version(self):
        return our_version(self.workers) + ("; each worker has %g of a core" % self.share if self.share < 1 else "")


class Nodes(Broker):
    """So many nodes of vibemqd that are one broker; one is none of the cluster."""

    def __init__(self, n, workers=1):
        self.n, self.workers = n, workers
        self.name = "%d node%s" % (n, "s" if n > 1 else "")

    def __enter__(self):
        settings = {"workers": self.workers, "limits": LIMITS}
        self.cluster = Cluster(self.n, settings=settings) if self.n > 1 else Daemon(settings)
        self.cluster.__enter__()
        nodes = self.cluster.nodes if self.n > 1 else [self.cluster]
        self.addresses = ["%s:%d" % node.addresses[0] for node in nodes]
        self.pids = [node.process.pid for node in nodes]
        return self

    def __exit__(self, *error):
        self.cluster.__exit__(*error)

    def version(self):
        return our_version(self.workers)


class Peer(Broker):
    """Any other broker: a command with {port}, and {dir} for a folder of its own."""

    def __init__(self, name, command):
        self.name, self.command = name, command

    def write_files(self):
        """What it needs in its folder."""

    def __enter__(self):
        self.dir, self.port = tempfile.mkdtemp(prefix="peer-"), free_port()
        self.write_files()
        command = self.command.replace("{port}", str(self.port)).replace("{dir}", self.dir)
        with open(os.path.join(self.dir, "log"), "wb") as log:
            self.process = subprocess.Popen(shlex.split(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=die_with_parent)
        self.addresses, self.pids = ["127.0.0.1:%d" % self.port], [self.process.pid]
        try:
            wait_until(self.is_open, 20, lambda: "%s is open: %s" % (self.name, self.log()))
        except BaseException:
            self.__exit__()
            raise
        return self

    def log(self):
        with open(os.path.join(self.dir, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    def is_open(self):
        assert self.process.poll() is None, "%s ended: %s" % (self.name, self.log())
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except ConnectionRefusedError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def version(self):
        return "`%s`" % self.command.replace("`", "'")


MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_queued_messages 0
max_queued_bytes 0
max_inflight_messages 512
"""


class Mosquitto(Peer):
    def __init__(self, path):
        super().__init__("mosquitto", shlex.quote(path) + " -c {dir}/mosquitto.conf")
        self.path = path

    def write_files(self):
        with open(os.path.join(self.dir, "mosquitto.conf"), "w", encoding="utf-8") as file:
            file.write(MOSQUITTO.replace("{port}", str(self.port)))

    def version(self):
        return version_of([self.path, "-h"]) + "; TCP_NODELAY, no bounds of its queues, 512 messages in flight to a client"


class Floor(Peer):
    """No broker: tests/bench/floor.c, which moves the bytes of a message and nothing else."""

    def __init__(self):
        super().__init__("floor", shlex.quote(os.path.join(BUILD, "tests/bench/floor")) + " {port}")

    def takes(self, scenario):
        return scenario.has_floor

    def version(self):
        return "tests/bench/floor.c, which moves the same bytes with as few system calls as possible and does" \
               " nothing else"


def find_mosquitto():
    """NULL object: an empty list where it is not installed."""
    path = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    return [Mosquitto(path)] if path else []


def say(*command):
    """What it says, on whichever stream; nothing if it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return (done.stdout + done.stderr).strip() if done.returncode in (0, 3) else ""


def version_of(command):
    """mosquitto -h ends with status 3."""
    found = re.search(r".*\d+\.\d+.*", say(*command))
    return found.group(0).strip() if found else "unknown"


def made_by():
    """The compiler and its options, as the Makefile has them."""
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as file:
        variables = dict(re.findall(r"^(CC|CFLAGS|SANITIZE|NO_LTO) = *(.*)$", file.read(), re.M))
    across = " -flto" if variables.get("NO_LTO") else ""
    return "%s %s, %s%s%s" % (variables["CC"], say(*variables["CC"].split(), "-dumpfullversion"), variables["CFLAGS"],
                             across, " " + variables["SANITIZE"] if variables.get("SANITIZE") else "")


def our_version(workers):
    is_clone = os.path.exists(os.path.join(TOP, ".git"))
    revision = say("git", "-C", TOP, "describe", "--always", "--dirty") if is_clone else ""
    return "%s%s, %s %s; %s; no bounds of its queues, 512 messages in flight to a client" % (
        version_of([os.path.join(BUILD, "vibemqd"), "--version"]), " (%s)" % revision if revision else "", workers,
        "worker" if workers == 1 else "workers", made_by())
