# SPDX-License-Identifier: Apache-2.0
"""dns.py - a name server for one name, in a namespace of its own

    in_namespace()              # before anything else: runs the program again, apart from the machine
    with Server({"cluster.test": ["127.1.1.1", "127.1.1.2"]}) as dns:
        dns.names["cluster.test"] = [...]

In there 127.0.0.1:53 is free, resolv.conf is ours, and nothing reaches the machine.
"""
import functools
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

MARK = "VMQ_IN_NAMESPACE"
A, AAAA = 1, 28
NOERROR, NXDOMAIN = 0, 3


def is_in_namespace():
    return MARK in os.environ


def in_namespace():
    """Comes back outside of one only when none can be made here."""
    if is_in_namespace():
        return
    how = ["unshare", "--mount", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    try:
        subprocess.run(how + ["true"], check=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return
    os.environ[MARK] = "1"
    os.execvp(how[0], how + [sys.executable] + sys.argv)


@functools.cache

def bind_over(path, text):
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(text)
    subprocess.run(["mount", "--bind", file.name, path], check=True)
    os.unlink(file.name)


@functools.cache
def prepare():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    bind_over("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    if os.path.exists("/etc/nsswitch.conf"):
        bind_over("/etc/nsswitch.conf", "hosts: files dns\n")


class Server:
    def __init__(self, names):
        self.names = names          # name: its addresses; a name that is missing does not exist
        self.asked = 0              # questions for addresses, so far
        self.socket = None

    def __enter__(self):
        prepare()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        """An empty question ends it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", 53))
        self.thread.join()
        self.socket.close()

    def serve(self):
        while True:
            question, sender = self.socket.recvfrom(512)
            if not question:
                return
            self.socket.sendto(self.answer(question), sender)

    def answer(self, question):
        """RFC 1035, 4.1: the question again, and an answer for each address."""
        end, labels = 12, []
        while question[end]:
            labels.append(question[end + 1:end + 1 + question[end]].decode())
            end += 1 + question[end]
        kind, = struct.unpack(">H", question[end + 1:end + 3])
        addresses = self.names.get(".".join(labels))
        found = addresses if kind == A and addresses else []
        self.asked += kind == A
        code = NXDOMAIN if addresses is None else NOERROR
        return question[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(found), 0, 0) + \
            question[12:end + 5] + b"".join(
                struct.pack(">HHHIH", 0xc00c, A, 1, 0, 4) + socket.inet_aton(a) for a in found)
