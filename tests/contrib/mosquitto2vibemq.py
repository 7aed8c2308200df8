# SPDX-License-Identifier: Apache-2.0
"""mosquitto2vibemq.py - configurations of mosquitto, translated, and what the daemon makes of them"""
import contextlib
import importlib.machinery
import os
import re
import shutil
import subprocess
import sys
import tempfile
import types

from lib import packet as p
from lib.cluster import free_port
from lib.daemon import BUILD, Daemon
from lib.tap import run, test

TOP = os.environ.get("VMQ_TOP_SRCDIR", os.getcwd())
PROGRAM = os.path.join(TOP, "contrib/mosquitto2vibemq/mosquitto2vibemq")
FILES = os.path.join(TOP, "tests/contrib/mosquitto")

NO_LOG = "logs go to the standard error, and by the service manager into its journal"
NO_PERSISTENCE = "what is kept is kept in memory: there is no persistence across restarts"
NO_BRIDGE = "bridges are not there; nodes that are one broker are what the plugin cluster is for"
NO_PLUGIN = "plugins of mosquitto do not fit; see vibemq_plugin(3)"
NO_TLS = "TLS is not there"


class Translation:
    """Of a file in a folder of its own, which the test may have filled."""

    def __init__(self, conf, folder, *options):
        done = subprocess.run([sys.executable, PROGRAM, *options, conf], cwd=folder, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.status, self.yaml, self.said = done.returncode, done.stdout, done.stderr.splitlines()

    def check(self, folder):
        """The daemon finds it right."""
        path = os.path.join(folder, "vibemqd.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.yaml)
        done = subprocess.run([os.path.join(BUILD, "vibemqd"), "--check-config", "-c", path], text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env=dict(os.environ, VMQ_PLUGIN_DIR=os.path.join(BUILD, ".libs")))
        assert done.returncode == 0, "%s\n%s" % (done.stdout, self.yaml)


@contextlib.contextmanager
def folder(one):
    """What a test is handed: a folder with the files that are translated."""
    with tempfile.TemporaryDirectory(prefix="vibemq-") as name:
        shutil.copytree(FILES, name, dirs_exist_ok=True, copy_function=shutil.copyfile)
        os.chmod(name, 0o755)
        yield name


def write(where, name, text):
    os.makedirs(os.path.dirname(os.path.join(where, name)), exist_ok=True)
    with open(os.path.join(where, name), "w", encoding="utf-8") as file:
        file.write(text)


def same(found, wanted):
    """Without comments; the first difference is shown."""
    found = [l for l in found.splitlines() if not l.lstrip().startswith("#")]
    wanted = [l for l in wanted.strip("\n").splitlines()]
    assert found == wanted, "\n".join(["found:"] + found + ["wanted:"] + wanted)


# ---- files

@test
def a_small_file_is_translated_whole(here):
    it = Translation("home.conf", here)
    it.check(here)
    same(it.yaml, """
listeners:
  - address: 192.0.2.10:1883
limits:
  max_inflight: 20
  max_queued_messages: 500
sys_interval: 30s
log:
  level: warn
""")
    assert it.said == ["home.conf:11: connection_messages: note: connections are logged with --debug conn, whatever "
                       "this says"], it.said
    assert it.status == 0


@test
def the_file_of_debian_and_what_it_includes(here):
    write(here, "conf.d/10-listener.conf", "listener 1883\nallow_anonymous true\n")
    write(here, "conf.d/20-more.conf", "max_queued_messages 0\n")
    write(here, "conf.d/not-this.txt", "max_qos 0\n")
    it = Translation("debian.conf", here)
    it.check(here)
    same(it.yaml, """
listeners:
  - address: 0.0.0.0:1883
limits:
  max_queued_messages: 0
""")
    assert '# mosquitto listens at IPv6, too: that is one more, at "[::]:1883"' in it.yaml
    assert it.said == [
        "debian.conf:6: pid_file: the broker stays in the foreground, and the service manager knows its process",
        "debian.conf:11: log_dest: " + NO_LOG,
        "debian.conf:8: persistence: " + NO_PERSISTENCE,
        "debian.conf:9: persistence_location: " + NO_PERSISTENCE], it.said
    assert it.status == 1


@test
def two_tenants_with_settings_of_their_own(here):
    it = Translation("factory.conf", here, "--acl", "acl.yaml")
    it.check(here)
    same(it.yaml, """
listeners:
  - address: 127.0.0.1:1883
    max_connections: 0
  - address: 0.0.0.0:1884
    max_connections: 1000
    max_qos: 1
    topic_alias_maximum: 50
    mount_point: tenant1/
    allow_empty_client_id: false
    allow_anonymous: false
  - address: "[2001:db8::5]:1885"
    mount_point: tenant2/
    assigned_id_prefix: t2-
    protocol_versions: [3.1.1, 5.0]
    allow_anonymous: false
limits:
  max_packet_size: 256KiB
  max_inflight: 65535
  max_inflight_bytes: 1MiB
  max_queued_bytes: 8MiB
  keep_alive_max: 300s
  memory_limit: 512MiB
  session_expiry_max: 14d
  queue_qos0: true
  retained_available: true
  check_retain_source: false
plugins:
  - name: auth
    users: /etc/mosquitto/passwd
    acl: acl.yaml
    allow_anonymous: true
""")
    untranslated = [l for l in it.said if ": note: " not in l]
    assert untranslated == [
        "factory.conf:4: message_size_limit: limits.max_packet_size is what max_packet_size says already",
        "factory.acl:14: pattern: what is denied takes neither %c nor %u"], untranslated
    assert it.status == 1


@test
def rights_become_roles(here):
    Translation("factory.conf", here, "--acl", "acl.yaml")
    with open(os.path.join(here, "acl.yaml"), encoding="utf-8") as file:
        same(file.read(), """
roles:
  - name: anonymous
    subscribe: ["weather/#"]
  - name: "user press7"
    publish: ["tenant1/press/7/#", "tenant1/100%%/all"]
    subscribe: ["tenant1/press/7/#", "tenant1/100%%/all"]
    deny: [tenant1/press/7/secret]
  - name: "user wall"
    subscribe: ["$$SYS/#", "tenant1/#"]
  - name: everybody
    publish: ["tenant1/%u/state/%c"]
users:
  - name: press7
    roles: ["user press7"]
  - name: wall
    roles: ["user wall"]
authenticated: [everybody]
anonymous: [anonymous, everybody]
""")
    auth = {"name": "auth", "allow_anonymous": True, "acl": os.path.join(here, "acl.yaml")}
    with Daemon({"plugins": [auth]}) as broker:
        client = broker.client("nameless")
        client.subscribe("weather/#", "other")
        assert client.expect(p.SUBACK).reasons == [0, 0x87]


@test
def what_cannot_be_translated_is_named_line_by_line(here):
    it = Translation("edge.conf", here)
    it.check(here)
    same(it.yaml, """
listeners:
  - address: 127.0.0.1:1883
    max_connections: 50
    allow_anonymous: false
plugins:
  - name: auth
    users: "/etc/mosquitto/pa$$$$wd"
""")
    assert "# %s, so this one is left out:\n  # - address: 0.0.0.0:8883" % NO_TLS in it.yaml, it.yaml
    assert "# WebSocket is not there, so this one is left out:\n  # - address: 0.0.0.0:9001" in it.yaml, it.yaml
    assert it.said == [
        "edge.conf:7: use_username_as_clientid: client ids are the clients' own",
        'edge.conf:8: log_type: there is no level for "none"',
        "edge.conf:9: log_timestamp_format: " + NO_LOG,
        "edge.conf:12: cafile: " + NO_TLS,
        "edge.conf:13: certfile: " + NO_TLS,
        "edge.conf:14: keyfile: " + NO_TLS,
        "edge.conf:15: require_certificate: " + NO_TLS,
        "edge.conf:18: protocol: WebSocket is not there",
        "edge.conf:20: connection: " + NO_BRIDGE,
        "edge.conf:21: address: " + NO_BRIDGE,
        "edge.conf:22: topic: " + NO_BRIDGE,
        "edge.conf:23: remote_username: " + NO_BRIDGE,
        "edge.conf:24: bridge_cafile: " + NO_BRIDGE,
        "edge.conf:26: plugin: " + NO_PLUGIN,
        "edge.conf:27: plugin_opt_config_file: " + NO_PLUGIN,
        "edge.conf:28: max_qos: 7 is out of range, which is 0 to 2",
        "edge.conf:29: mount_pont: it is no option of mosquitto.conf(5)"], "\n".join(it.said)
    assert it.status == 1


# ---- single lines

@test
def without_a_listener_this_machine_is_served_as_mosquitto_does(here):
    write(here, "m.conf", "max_topic_alias 3\n")
    it = Translation("m.conf", here)
    it.check(here)
    same(it.yaml, """
listeners:
  - address: 127.0.0.1:1883
    topic_alias_maximum: 3
""")
    assert it.status == 0


@test
def who_may_come_in_without_a_name_is_as_in_mosquitto_2(here):
    closed, auth = "    allow_anonymous: false\n", "plugins:\n  - name: auth\n"
    for conf, wanted in (("listener 1 ::1\n", closed + auth),
                         ("listener 1 ::1\nallow_anonymous true\n", ""),
                         ("port 1\nbind_address ::1\n", closed + auth),
                         ("per_listener_settings true\nallow_anonymous true\nlistener 1 ::1\n", closed + auth)):
        write(here, "m.conf", conf)
        it = Translation("m.conf", here)
        it.check(here)
        same(it.yaml, 'listeners:\n  - address: "[::1]:1"\n' + wanted)


@test
def an_acl_file_that_is_not_translated_keeps_everybody_out(here):
    """The file of roles that is named is not there, and so the broker does not start."""
    it = Translation("factory.conf", here)
    it.check(here)
    assert "    acl: /etc/vibemq/acl.yaml\n" in it.yaml
    assert "factory.conf:29: acl_file: roles are written otherwise: with --acl FILE they are translated, too" in it.said


@test
def a_mount_point_that_would_mean_something_else_is_not_translated(here):
    write(here, "m.conf", "listener 1 ::1\nallow_anonymous true\nmount_point a\n")
    it = Translation("m.conf", here)
    assert it.said == ['m.conf:3: mount_point: "a" does not end with a slash, as a mount point must'] and it.status == 1


@test
def values_keep_their_meaning(here):
    write(here, "m.conf", "max_packet_size 0\npersistent_client_expiration 36h\nmax_keepalive 0\nlog_type all\n"
          "allow_anonymous true\nlistener 1 ::1\nauto_id_prefix a b\n")
    it = Translation("m.conf", here)
    it.check(here)
    same(it.yaml, """
listeners:
  - address: "[::1]:1"
    assigned_id_prefix: "a b"
limits:
  max_packet_size: 256MiB
  session_expiry_max: 36h
  keep_alive_max: 0s
log:
  level: debug
""")


@test
def a_file_that_is_not_there_is_an_error(here):
    it = Translation("none.conf", here)
    assert it.status == 2 and it.yaml == "" and it.said == ["none.conf: No such file or directory"]


# ---- the manual

@test
def the_table_of_the_manual_has_what_is_translated_and_nothing_that_is_unknown(_):
    loader = importlib.machinery.SourceFileLoader("mosquitto2vibemq", PROGRAM)
    module = types.ModuleType(loader.name)
    loader.exec_module(module)
    with open(os.path.join(TOP, "man/vibemqd.yaml.5"), encoding="utf-8") as file:
        manual = file.read().partition(".Sh FOR USERS OF MOSQUITTO")[2].partition(".Sh FILES")[0]
    rows = set(re.findall(r"^\.It Cm (\S+) Ta ", manual, re.M))
    named = rows | set(re.findall(r"^\.Cm (\S+)", manual, re.M))
    special = {m[3:] for m in vars(module.Conversion) if m.startswith("on_")}
    translated = special | set(module.LIMITS) | set(module.LISTENER) | set(module.SECURITY)
    refused = set(module.WITHOUT_EQUAL) | set(module.ALWAYS) | set(module.PERSISTENCE_OPTIONS)
    assert translated <= rows, translated - rows
    unknown = {r for r in rows if not r.endswith("*")} - translated - refused - {"include_dir"}
    assert not unknown, unknown
    for options in (module.TLS_OPTIONS, module.BRIDGE_OPTIONS):
        assert len(set(options) & named) > 10


# ---- a daemon

@test
def a_daemon_does_what_the_file_asked_for(here):
    port = free_port(1)
    write(here, "m.conf", "listener %d 127.0.0.1\nmax_qos 1\nmount_point t/\nallow_anonymous true\n"
          "auto_id_prefix edge-\nsys_interval 0\n" % port)
    it = Translation("m.conf", here)
    assert it.status == 0, it.said
    broker = Daemon()
    broker.write_settings = lambda: os.path.join(here, "vibemqd.yaml")
    it.check(here)
    with broker:
        client = broker.client("")
        assert client.connack.properties["maximum_qos"] == 1
        assert client.connack.properties["assigned_client_identifier"].startswith("edge-")
        client.subscribed("a")
        client.publish("a", b"x")
        client.expect_publish("a", b"x")


run(folder)
