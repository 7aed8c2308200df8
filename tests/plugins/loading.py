# SPDX-License-Identifier: Apache-2.0
"""loading.py - a plugin that does not fit, or does not start, stops the daemon: it says which and why

What can be mended in the configuration ends with 78, also with --check-config; a plugin that was
found right but does not start, with 1.
"""
import contextlib
import os
import re
import signal
import subprocess

from lib import daemon
from lib.daemon import Daemon
from lib.tap import config, run, test
from lib.tiny import await_said, path, plugins, said, section
from lib.wait import wait_until

EX_CONFIG, CANNOT_START = 78, 1


class Refused(Daemon):
    """A daemon that must not start."""

    def __enter__(self):
        return self

    def ends(self, status):
        self.spawn()
        assert self.wait_exit() == status, "status %d: %s" % (self.process.returncode, self.log())
        assert not self.logged(r"listening on|\bready\b"), self.log()
        self.check_log()
        return self.log()

    def refuses(self, *words):
        """Started or only checked, it says this and that its configuration is wrong."""
        checked = subprocess.run([os.path.join(daemon.BUILD, "vibemqd"), "--check-config", "-c", self.write_settings()],
                                 capture_output=True, text=True, timeout=60, check=False)
        assert checked.returncode == EX_CONFIG, checked
        for said_so in (checked.stderr, self.ends(EX_CONFIG)):
            for word in words:
                assert word in said_so, "%r is not in %s" % (word, said_so)
        # file:line:column of the section, or of the key that is wrong
        assert re.search(r"vibemqd\.yaml:\d+:\d+: ", checked.stderr), checked.stderr


def refused(*sections):
    """A daemon with a good plugin, and then these."""
    return Refused(plugins(section("on_started", "good"), *sections))


# -- does not fit

@test
def another_abi_is_refused_with_both_numbers():
    with open(os.path.join(os.environ.get("VMQ_TOP_SRCDIR", "."), "include/vibemq/abi.h"), encoding="utf-8") as file:
        ours = int(re.search(r"VMQ_ABI_VERSION (\d+)u", file.read()).group(1))
    with refused(section("other_abi", "new")) as broker:
        broker.refuses(path("other_abi"), "ABI %d," % (ours + 1), "has ABI %d:" % ours)


@test
def a_plugin_of_another_size_is_refused():
    with refused(section("too_small", "small")) as broker:
        broker.refuses(path("too_small"), "describes itself in 16 bytes")


@test
def a_plugin_without_init_is_refused():
    with refused(section("no_init", "n")) as broker:
        broker.refuses(path("no_init"), "has no init()")


@test
def a_file_that_is_not_there_is_named():
    with refused({"name": "hello"}) as broker:
        broker.refuses('cannot load plugin "hello"', "hello.so", "No such file")
    with refused({"name": "hello", "path": "/nowhere/hello.so"}) as broker:
        broker.refuses('cannot load plugin "hello"', "/nowhere/hello.so")


@test
def a_file_that_is_no_shared_object_is_refused():
    with refused({"name": "text", "path": os.path.abspath(__file__)}) as broker:
        broker.refuses('cannot load plugin "text"', os.path.basename(__file__))


@test
def a_shared_object_that_is_no_plugin_is_refused():
    with refused(section("no_symbol", "none")) as broker:
        broker.refuses(path("no_symbol"), "is not a vibemq plugin: it has no symbol vmq_plugin")


@test
def a_function_that_nobody_has_is_named_before_it_is_called():
    with refused(section("unresolved", "u")) as broker:
        broker.refuses('cannot load plugin "u"', "vmq_of_nobody")


@test
def options_are_checked_before_anything_starts():
    with refused(section("on_reload", "a", wrod="x")) as broker:
        broker.refuses('unknown key "wrod", did you mean "word"?')
    with refused({"name": "a", "path": path("on_reload")}) as broker:
        broker.refuses('"label" is missing')
    with refused({"path": path("on_reload"), "label": "a"}) as broker:
        broker.refuses("a plugin needs a name")
    cluster = os.path.join(Daemon.plugin_dir, "cluster.so")
    with refused({"name": "cluster", "path": cluster, "node_id": "n" * 256}) as broker:
        broker.refuses("node_id: has 256 bytes, 255 are the most")


@test
def a_name_is_there_once():
    with refused(section("on_started", "good")) as broker:
        broker.refuses('"good" is here twice')


@test
def there_are_at_most_32():
    with refused(*[section("on_started", "p%d" % i) for i in range(32)]) as broker:
        broker.refuses("more than 32 plugins")


# -- does not start

@test
def an_init_that_fails_says_why_and_those_before_it_leave():
    with refused(section("fails", "f", word="aloud"), section("on_started", "after")) as broker:
        log = broker.ends(CANNOT_START)
        assert re.search(r"error.*vibemqd\.yaml:\d+:\d+: word: it is not my day", log), log
        await_said(broker, "init", [("good", 0, "word=none")])
        await_said(broker, "exit", [("good", 0, "word=none")])


@test
def an_init_that_fails_without_a_word_is_named():
    with refused(section("fails", "f")) as broker:
        log = broker.ends(CANNOT_START)
        assert re.search(r"error.*vibemqd\.yaml:\d+:\d+: .*\bf\b.* did not start, and does not say why", log), log


# -- fits

@test
@config(**plugins({"name": "bare", "path": path("bare")}))
def a_plugin_needs_nothing_but_its_init(broker):
    assert broker.logged("bare init")
    broker.client("c").published("x", b"", 1)


@test
@config(**plugins(section("short_hooks", "a"), section("on_reload", "b")))
def what_lies_behind_the_end_of_a_shorter_table_is_not_called(broker):
    broker.signal(signal.SIGHUP)
    wait_until(lambda: broker.logged("reloaded"), 5, "the reload")
    await_said(broker, "on_reload", [("b", 0, "label=b word=none")])


@test
@config(**plugins(*[section("on_started", "p%d" % i) for i in range(32)]))
def thirty_two_are_not_too_many(broker):
    assert [label for label, _, _ in said(broker, "on_started")] == ["p%d" % i for i in range(32)]


def given(one):
    return daemon.for_test(one) if one.config else contextlib.nullcontext()


run(given=given)
