# SPDX-License-Identifier: Apache-2.0
"""broker.py - as little of an MQTT 3.1.1 broker as vibemq-bench needs, and a fault on request

A fault is a function of the number of a message and its PUBLISH as sent to a subscriber; it returns
the packets that are sent instead. Probes have no number and no faults.
"""
import selectors
import socket
import struct
import threading

from lib import packet as p
from lib.basics import Reader, varint

IS_PROBE = 1 << 63
NUMBER = (1 << 40) - 1


class FakeBroker:
    def __init__(self, fault=None, refuses=False):
        self.fault, self.refuses = fault, refuses

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.stop_read, self.stop_write = socket.socketpair()
        self.selector.register(self.stop_read, selectors.EVENT_READ)
        self.pending, self.filters = {}, {}
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop_write.close()
        self.thread.join()
        for one in [self.listener, self.stop_read, *self.pending]:
            one.close()

    def serve(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.stop_read:
                    return
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj in self.pending:
                    self.read(key.fileobj)

    def accept(self):
        client, _ = self.listener.accept()
        self.pending[client] = b""
        self.selector.register(client, selectors.EVENT_READ)

    def drop(self, client):
        self.selector.unregister(client)
        del self.pending[client]
        self.filters.pop(client, None)
        client.close()

    def read(self, client):
        try:
            data = client.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            self.drop(client)
            return
        data = self.pending[client] + data
        while client in self.pending:
            size = packet_size(data)
            if size is None or len(data) < size:
                self.pending[client] = data
                return
            self.take(client, data[0], data[:size])
            data = data[size:]

    def take(self, client, first, packet):
        kind = first >> 4
        body = Reader(packet[packet_head(packet):])
        if kind == p.CONNECT:
            client.sendall(p.raw(p.CONNACK << 4, bytes([0, 5 if self.refuses else 0])))
        elif kind == p.SUBSCRIBE:
            packet_id = body.u16()
            self.filters[client] = body.string().encode()
            client.sendall(p.raw(p.SUBACK << 4, struct.pack(">HB", packet_id, 0)))
        elif kind == p.PUBLISH:
            self.publish(packet, body)
        elif kind == p.DISCONNECT:
            self.drop(client)

    def publish(self, packet, body):
        topic = body.binary()
        name = struct.unpack("=Q", body.take(8))[0]
        packets = [packet]
        if self.fault and not name & IS_PROBE:
            packets = self.fault(name & NUMBER, packet)
        for client in [c for c, f in self.filters.items() if f == topic]:
            client.sendall(b"".join(packets))


def packet_head(data):
    """How long its first byte and length are; None: they are not all there."""
    for n in range(1, min(len(data), 5)):
        if data[n] < 0x80:
            return n + 1
    return None


def packet_size(data):
    head = packet_head(data)
    if head is None:
        return None
    return head + sum((data[i] & 0x7F) << 7 * (i - 1) for i in range(1, head))


assert packet_size(p.raw(0x30, bytes(300))) == 1 + len(varint(300)) + 300
