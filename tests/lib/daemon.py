# SPDX-License-Identifier: Apache-2.0
"""daemon.py - a real vibemqd, started, watched and stopped

Its log is its standard error. Relied upon are the words "listening on
127.0.0.1:PORT", once per MQTT listener, and then "ready" or what it waits for, while
it serves already; and that SIGTERM ends it with status 0.
"""
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile

from lib import tap
from lib.mqtt import Conversation
from lib.wait import wait_until

BUILD = os.environ.get("VMQ_TOP_BUILDDIR", os.getcwd())
TROUBLE = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|Assertion|CRITICAL|WARNING \*\*")
ASAN_BOUNDS = ":quarantine_size_mb=8:max_uar_stack_size_log=16"
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def shadow():
    """How many bytes of memory go with one that the daemon asks for: the thread sanitizer's shadow."""
    with open(os.path.join(BUILD, "vibemqd"), "rb") as file:
        return 4 if b"__tsan_init" in file.read() else 1


def yaml(value, indent=0):
    """Mappings, sequences and scalars are all that a configuration needs."""
    pad = "  " * indent
    if isinstance(value, dict):
        return "".join("%s%s:%s" % (pad, k, inline(v, indent + 1)) for k, v in value.items())
    if isinstance(value, list):
        return "".join("%s- %s" % (pad, yaml(v, indent + 1).lstrip() or "\n") for v in value)
    return "%s\n" % scalar(value)


def scalar(value):
    return str(value).lower() if isinstance(value, bool) else '"%s"' % value


def inline(value, indent):
    nested = isinstance(value, (dict, list)) and value
    return "\n" + yaml(value, indent) if nested else " %s\n" % ("[]" if value == [] else scalar(value))


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Daemon:
    binary = os.path.join(BUILD, "vibemqd")
    plugin_dir = os.path.join(BUILD, ".libs")

    def __init__(self, settings=None, name="vibemqd"):
        self.name = name
        self.settings = {"listeners": [{"address": "127.0.0.1:0"}], "workers": 2}
        self.settings.update(settings or {})
        self.dir = tempfile.mkdtemp(prefix="vibemq-")
        self.log_path = os.path.join(self.dir, "log")
        self.log_start = 0              # of the present process in the log
        self.process = None
        self.addresses = []
        self.conversations = []

    # -- running

    def write_settings(self):
        config = os.path.join(self.dir, "vibemqd.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(yaml(self.settings))
        return config

    def spawn(self, arguments=()):
        config = self.write_settings()
        # The address sanitizer keeps what was freed in a quarantine and frames in fake stacks, a MiB for
        # each thread and size of frame; both are bounded so that resident_kib() means something there too.
        environment = dict(os.environ, VMQ_PLUGIN_DIR=self.plugin_dir,
                           ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ASAN_BOUNDS)
        self.log_start = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.binary, "-c", config, *arguments],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=environment, preexec_fn=die_with_parent)
        return self

    def await_ready(self, timeout=10):
        wait_until(self.is_ready, timeout, lambda: "%s ready; its log: %s" % (self.name, self.log()))
        found = re.findall(r"listening on (127\.0\.0\.1):(\d+)", self.log())
        self.addresses = [(host, int(port)) for host, port in found]
        return self

    def is_ready(self):
        assert self.process.poll() is None, "%s ended: %s" % (self.name, self.log())
        return re.search(r"broker: (ready|waiting for)\b", self.log())

    def start(self):
        return self.spawn().await_ready()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        os.kill(self.process.pid, number)

    def wait_exit(self, timeout=10):
        wait_until(lambda: self.process.poll() is not None, timeout, "the end of " + self.name)
        return self.process.returncode

    def stop(self):
        """SIGTERM; it must end well."""
        if self.is_running():
            self.signal(signal.SIGTERM)
            status = self.wait_exit()
            assert status == 0, "%s ended with %d: %s" % (self.name, status, self.log()[-4000:])
        self.check_log()

    def kill(self):
        """SIGKILL: a crash, as others see it."""
        if self.is_running():
            self.process.kill()
            self.process.wait()

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    # -- looking

    def log(self):
        """What the present process has written."""
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            file.seek(self.log_start)
            return file.read()

    def logged(self, pattern):
        return re.search(pattern, self.log())

    def check_log(self):
        trouble = TROUBLE.search(self.log())
        assert not trouble, "%s reports trouble: %s" % (self.name, self.log()[max(0, trouble.start() - 200):][:6000])

    def resident_kib(self, field="VmRSS"):
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8") as file:
            return int(re.search(field + r":\s+(\d+)", file.read()).group(1)) // shadow()

    def peak_kib(self):
        return self.resident_kib("VmHWM")

    # -- talking

    def open(self, version=5, at=0):
        """A connection, at the listener of that number, on which nothing was said yet."""
        self.conversations.append(Conversation(self.addresses[at], version))
        return self.conversations[-1]

    def client(self, client_id="", version=5, at=0, **how):
        """A connected client."""
        return self.open(version, at).connected(client_id, **how)

    def reload(self, **settings):
        """SIGHUP with these settings over the present ones, and waits until they are in force."""
        self.settings.update(settings)
        self.write_settings()
        n = len(re.findall(r"\breloaded$", self.log(), re.M))
        self.signal(signal.SIGHUP)
        wait_until(lambda: len(re.findall(r"\breloaded$", self.log(), re.M)) > n, 10, self.log)

    # -- as a context

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, kind, error, trace):
        for conversation in self.conversations:
            conversation.drop()
        failed = kind not in (None, tap.Skipped)
        try:
            if not failed:
                self.stop()
        except AssertionError:
            failed = True
            raise
        finally:
            if failed:
                tap.diagnose("end of the log of %s:\n%s" % (self.name, self.log()[-4000:]))
            self.close()

    def close(self):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


def for_test(one):
    """What a test is handed: a daemon of its own, with the settings of its @config."""
    return Daemon(one.config)
