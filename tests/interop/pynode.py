# SPDX-License-Identifier: Apache-2.0
"""pynode.py - a small cluster node: chitchat gossip and the peer link, as a node of VibeMQ has them

    pynode.py --node-id ID --gossip IP:PORT --peer IP:PORT [--seed IP:PORT]... [--filter F]...
              [--cluster-id vibemq] [--generation MS] [--interval 1.0]

Commands on standard input, one a line; events and answers are JSON lines:

    sub FILTER | unsub FILTER | pub TOPIC QOS RETAIN TEXT | set KEY VALUE | state | leave | die

`leave` withdraws the filters, says Goodbye and ends; `die` and the end of the input just end.
"""
import argparse
import asyncio
import json
import os
import struct
import sys
import time

import wire as W
from chitchat import Gossip, addr, emit

VIBEMQ_FRAME = 65536
DOWN = (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, W.WireError)


def plain(f):       # a filter as it concerns other nodes: without $share/<group>/
    return f.split("/", 2)[2] if f.startswith("$share/") and f.count("/") >= 2 else f


def matches(filt, topic):
    if topic.startswith("$") and filt[:1] in "+#":
        return False
    f, t = filt.split("/"), topic.split("/")
    for i, level in enumerate(f):
        if level == "#":
            return True
        if i >= len(t) or level not in ("+", t[i]):
            return False
    return len(f) == len(t)


class Links:
    """The peer link: dials every node, accepts every node."""
    def __init__(self, opt, gossip):
        self.opt, self.gossip = opt, gossip
        self.dialers, self.out, self.inn = {}, {}, {}   # node_id -> (address, task) | writer | writer
        gossip.changed = self.discover

    def discover(self):
        for name, s in self.gossip.newest().items():
            a = s.get("peer_addr")
            if a and self.dialers.get(name, (None,))[0] != a:
                if name in self.dialers:
                    self.dialers[name][1].cancel()
                self.dialers[name] = (a, asyncio.ensure_future(self.dial(name, a)))

    async def frames(self, reader, side, name="?"):
        while True:
            n = struct.unpack(">I", await asyncio.wait_for(reader.readexactly(4), 45))[0]
            if n > 2 << 20:
                raise W.WireError("frame")
            payload = await reader.readexactly(n)
            try:
                m = W.dec_peer(payload)
            except W.WireError as e:
                emit("bad frame", peer=name, hex=W.tohex(payload), error=str(e))
                continue
            if m["kind"] == W.GOODBYE:
                raise W.WireError("goodbye")
            name = m.get("node_id", name)
            if m["kind"] not in (W.PING, W.PONG):
                emit("frame", peer=name, link=side, frame=W.peer_json(m))
            yield m

    async def dial(self, name, a):
        wait = 1
        while True:
            w = None
            try:
                r, w = await asyncio.wait_for(asyncio.open_connection(*addr(a)), 10)
                w.write(W.peer(W.HELLO, node_id=self.opt.node_id, version=1))
                async for m in self.frames(r, "dialed", name):
                    if name not in self.out:
                        if m["kind"] != W.HELLO_ACK or m["version"] != 1:
                            raise W.WireError("no HelloAck")
                        self.out[name], since = w, time.monotonic()
                        ping = asyncio.ensure_future(self.pinger(w))
                    elif m["kind"] == W.PING:
                        w.write(W.peer(W.PONG))
            except DOWN as e:
                emit("link down", peer=name, link="dialed", error=repr(e))
            finally:
                if self.out.pop(name, None):
                    ping.cancel()
                    wait = 1 if time.monotonic() - since > 60 else wait
                w and w.close()
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30)

    async def pinger(self, w):
        while not await asyncio.sleep(15):
            w.write(W.peer(W.PING))

    async def accept(self, r, w):
        name = "?"
        try:
            async for m in self.frames(r, "accepted"):
                if name == "?":
                    if m["kind"] != W.HELLO or m["version"] != 1:
                        raise W.WireError("no Hello")
                    name = m["node_id"]
                    self.inn[name] = w
                    w.write(W.peer(W.HELLO_ACK, node_id=self.opt.node_id, version=1))
                elif m["kind"] == W.PING:
                    w.write(W.peer(W.PONG))
        except (*DOWN, asyncio.CancelledError) as e:
            emit("link down", peer=name, link="accepted", error=repr(e))
        finally:
            if self.inn.get(name) is w:
                del self.inn[name]
            w.close()

    def publish(self, topic, qos, retain, payload):
        f = W.peer(W.PUBLISH, topic=topic, payload=payload, qos=qos, retain=retain, origin_node=self.opt.node_id)
        sent = []
        for name, s in self.gossip.newest().items():
            filters = json.loads(s.get("subscriptions") or "[]")
            w = self.out.get(name) or self.inn.get(name)
            if w and len(f) <= VIBEMQ_FRAME and any(matches(plain(x), topic) for x in filters):
                w.write(f)
                sent.append(name)
        emit("published", topic=topic, to=sent)


async def main(opt):
    gossip = Gossip(opt)
    links = Links(opt, gossip)
    filters = sorted(set(map(plain, opt.filter)))
    gossip.own.set("peer_addr", opt.peer)
    gossip.own.set("subscriptions", W.compact(filters))
    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(links.accept, *addr(opt.peer))
    await loop.create_datagram_endpoint(lambda: gossip, local_addr=addr(opt.gossip))
    loop.create_task(gossip.run())
    stdin = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    emit("ready", node=W.id_json(gossip.me))
    while True:
        line = (await stdin.readline()).decode()
        word, _, rest = line.rstrip("\n").partition(" ")
        if word in ("sub", "unsub"):
            f = {plain(rest)}
            filters = sorted(set(filters) | f if word == "sub" else set(filters) - f)
            gossip.own.set("subscriptions", W.compact(filters))
        elif word == "pub":
            topic, qos, retain, text = (rest + " ").split(" ", 3)
            links.publish(topic, int(qos), retain == "1", text[:-1].encode())
        elif word == "set":
            gossip.own.set(*rest.split(" ", 1))
        elif word == "state":
            emit("state", dialed=sorted(links.out), accepted=sorted(links.inn), nodes=[
                dict(node=W.id_json(i), live=s.live, heartbeat=s.heartbeat, gc=s.gc, max=s.max,
                     kvs=[[k, W.text_or_sum(v), n, W.STATUS_NAMES[st]] for k, v, n, st in s.newer_than(0)])
                for i, s in gossip.states.items()])
        elif word == "leave":
            gossip.own.set("subscriptions", "[]")
            gossip.push()
            await asyncio.sleep(1.5 * opt.interval)
            server.close()
            for w in links.out.values():
                w.write(W.peer(W.GOODBYE))
                await w.drain()
            emit("left")
            os._exit(0)
        elif word == "die" or not line:
            os._exit(0)     # at once: tasks that are to be cancelled first may not notice


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--node-id", "--gossip", "--peer"):
        ap.add_argument(name, required=True)
    for name in ("--seed", "--filter"):
        ap.add_argument(name, action="append", default=[])
    ap.add_argument("--cluster-id", default="vibemq")
    ap.add_argument("--generation", type=int, default=int(time.time() * 1000))
    ap.add_argument("--interval", type=float, default=1.0)
    asyncio.run(main(ap.parse_args()))
