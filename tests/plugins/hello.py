# SPDX-License-Identifier: Apache-2.0
"""hello.py - contrib/hello, built as its users do: with plain make and pkg-config, against what is installed

Everything is installed into a folder of the test's own; the vibemq.pc there is told where that is.
"""
import os
import re
import shutil
import signal
import subprocess
import tempfile

from lib.daemon import BUILD, Daemon
from lib.tap import run, skip, test, within
from lib.wait import wait_until

SOURCE = os.environ.get("VMQ_TOP_SRCDIR", os.path.join(os.path.dirname(__file__), "..", ".."))


def make_variable(name):
    """As the broker itself was built."""
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as file:
        return re.search(r"^%s *= *(.*)$" % name, file.read(), re.M).group(1)


def call(*arguments, **environment):
    """Not as a part of the make that runs us."""
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(arguments, env=dict(clean, **environment), text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, "%s\n%s" % (" ".join(arguments), done.stdout)
    return done.stdout


class Installed:
    """The broker in a folder of its own, and the plugin built and installed beside it."""

    def __enter__(self):
        for tool in ("make", "nm", "pkg-config"):
            if not shutil.which(tool):
                skip("there is no " + tool)
        self.dir = tempfile.mkdtemp(prefix="vibemq-")
        try:
            self.install()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)

    def install(self):
        call("make", "-s", "-C", BUILD, "install", "DESTDIR=" + self.dir)
        self.vibemqd, config = self.find("vibemqd"), self.find("vibemq.pc")
        with open(config, encoding="utf-8") as file:
            moved = re.sub(r"^(\w+)=/", r"\1=%s/" % self.dir, file.read(), flags=re.M)
        with open(config, "w", encoding="utf-8") as file:
            file.write(moved)
        self.pkg_config_path = os.path.dirname(config)
        self.source = os.path.join(self.dir, "hello")
        shutil.copytree(os.path.join(SOURCE, "contrib", "hello"), self.source)
        os.chmod(self.source, 0o755)    # that of a tarball may be read-only

    def find(self, name):
        (found,) = [os.path.join(folder, name) for folder, _, files in os.walk(self.dir) if name in files]
        return found

    def tool(self, *arguments):
        path = os.pathsep.join(filter(None, [self.pkg_config_path, os.environ.get("PKG_CONFIG_PATH")]))
        return call(*arguments, PKG_CONFIG_PATH=path)

    def make(self, *goals):
        return self.tool("make", "-C", self.source, "CC=" + make_variable("CC"),
                         "SANITIZE=" + make_variable("SANITIZE"), "CFLAGS=-g -O2 -Werror", *goals)

    def daemon(self, **options):
        broker = Daemon({"plugins": [dict({"name": "hello"}, **options)]})
        broker.binary = self.vibemqd
        broker.plugin_dir = self.tool("pkg-config", "--variable=plugindir", "vibemq").strip()
        return broker


@test
@within(120)
def each_header_stands_alone(installed):
    headers = os.path.dirname(installed.find("vibemq.h"))
    assert sorted(os.listdir(headers)) == sorted(os.listdir(os.path.join(SOURCE, "include", "vibemq")))
    flags = installed.tool("pkg-config", "--cflags", "vibemq").split()
    for header in os.listdir(headers):
        source = os.path.join(installed.dir, "alone.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write("#include <vibemq/%s>\n" % header)
        call(*make_variable("CC").split(), "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
             *flags, source)


@test
@within(120)
def every_function_that_the_headers_promise_is_there(installed):
    promised = set()
    headers = os.path.dirname(installed.find("vibemq.h"))
    for header in os.listdir(headers):
        with open(os.path.join(headers, header), encoding="utf-8") as file:
            promised.update(re.findall(r"^VMQ_EXPORT[^(;]*?\b(vmq_\w+)\s*\(", file.read(), re.M))
    there = set(call("nm", "-D", "--defined-only", "-P", installed.vibemqd).split())
    assert len(promised) > 60 and promised <= there, (len(promised), sorted(promised - there))


@test
@within(120)
def hello_is_built_and_installed_and_greets(installed):
    built = installed.make("install")
    assert "-I" + installed.dir in built and SOURCE + "/include" not in built, built
    with installed.daemon(greeting="Welcome") as broker:
        witness = broker.client("witness")
        witness.subscribed("hello")
        client = broker.client("anna")
        witness.expect_publish("hello", b"Welcome, anna!")
        client.disconnect()
        witness.expect_publish("hello", b"Goodbye, anna!")
        broker.settings["plugins"][0]["greeting"] = "Ciao"
        broker.write_settings()
        broker.signal(signal.SIGHUP)
        wait_until(lambda: broker.logged(r"broker: reloaded"), 5, "the reload")
        broker.client("berta")
        witness.expect_publish("hello", b"Ciao, berta!")
        broker.stop()
        assert broker.logged("hello: 3 clients were greeted"), broker.log()


@test
@within(120)
def the_example_of_the_manual_page_works(installed):
    with open(os.path.join(SOURCE, "man", "vibemq_plugin.3"), encoding="utf-8") as file:
        page = file.read()
    (text,) = re.findall(r"^\.Bd [^\n]*\n(#include <vibemq/plugin\.h>\n.*?)^\.Ed$", page, re.M | re.S)
    assert "\\" not in text and "\n." not in text, "what troff would change"
    source, built = (os.path.join(installed.dir, "ban." + ending) for ending in ("c", "so"))
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    flags = installed.tool("pkg-config", "--cflags", "--libs", "vibemq").split()
    call(*make_variable("CC").split(), *make_variable("SANITIZE").split(), "-Wall", "-Wextra", "-Werror",
         "-std=c11", "-fPIC", "-shared", "-o", built, source, *flags)
    with installed.daemon(name="ban", path=built, client="mallory") as broker:
        broker.client("anna").pinged()
        mallory = broker.open()
        mallory.connect("mallory")
        mallory.expect_refused(0x8A, None)
        assert broker.logged("this client is banned"), broker.log()


@test
@within(120)
def hello_says_what_is_wrong_with_its_topic(installed):
    installed.make("install")
    broker = installed.daemon(topic="hello/#")
    try:
        broker.spawn()
        assert broker.wait_exit() == 1
        assert broker.logged(r'vibemqd\.yaml:\d+:\d+: topic: "hello/#" is not a topic name'), broker.log()
        broker.check_log()
    finally:
        broker.close()


def given(_):
    return Installed()


run(given=given)
