# SPDX-License-Identifier: Apache-2.0
"""chitchat.py - one gossiping node: what it knows, what it says, whom it believes alive"""
import asyncio
import json
import random
import time

import wire as W

PHI, WINDOW, MAX_INTERVAL = 8.0, 1000, 10.0
TOMBSTONE_GRACE, DEAD_GRACE = 30.0, 24 * 3600.0
SOFT_BUDGET = 16384


def emit(event, **f):
    print(json.dumps(dict(t=round(time.time(), 3), event=event, **f), ensure_ascii=False), flush=True)


def addr(text): return (text.rpartition(":")[0].strip("[]"), int(text.rpartition(":")[2]))


class State:
    """One node's key-values as known here, and its liveness samples."""
    def __init__(self):
        self.heartbeat = self.max = self.gc = 0
        self.kvs = {}                           # key -> (value, version, status, since)
        self.samples, self.seen = [], None
        self.live, self.died = False, time.monotonic()

    def set(self, key, value):
        if key in self.kvs and self.kvs[key][0] == value and self.kvs[key][2] == W.SET:
            return
        self.max += 1
        self.kvs[key] = (value, self.max, W.SET, time.monotonic())

    def get(self, key): return self.kvs.get(key, (None,))[0]

    def beat(self, hb):
        if self.heartbeat == 0:
            self.heartbeat = hb
        elif hb > self.heartbeat:
            self.heartbeat, now = hb, time.monotonic()
            if self.seen is not None and now - self.seen <= MAX_INTERVAL:
                self.samples = self.samples[1 - WINDOW:] + [now - self.seen]
            self.seen = now

    def judge(self, prior):
        now = time.monotonic()
        phi = W.phi(self.samples, now - self.seen, prior) if self.seen is not None else None
        was, self.live = self.live, phi is not None and phi <= PHI
        if not self.live:
            self.died, self.samples = now if was else self.died, []
        return self.live != was

    def collect(self):
        for key, (_, ver, status, since) in list(self.kvs.items()):
            if status != W.SET and since + TOMBSTONE_GRACE <= time.monotonic():
                del self.kvs[key]
                self.gc = max(self.gc, ver)

    def newer_than(self, ver):
        return sorted(((k, v, n, s) for k, (v, n, s, _) in self.kvs.items() if n > ver), key=lambda m: m[2])


class Gossip(asyncio.DatagramProtocol):
    def __init__(self, opt):
        self.opt, self.me = opt, (opt.node_id, opt.generation, addr(opt.gossip))
        self.own, self.greeted, self.changed = State(), set(), None  # greeted: got our unsolicited Ack
        self.own.heartbeat, self.own.live = 1, True
        self.states = {self.me: self.own}
        self.seeds = [addr(s) for s in opt.seed if addr(s) != self.me[2]]

    # -- sending
    def connection_made(self, transport): self.transport = transport

    def send(self, to, kind, **f):
        self.transport.sendto(W.gossip(kind, **f), to)

    def gone_quiet(self, s): return not s.live and time.monotonic() > s.died + DEAD_GRACE / 2

    def digest(self):
        """Without nodes whose keys we lack, and without long dead ones."""
        return {i: (s.heartbeat, s.gc, s.max) for i, s in self.states.items()
                if i == self.me or (s.max and not self.gone_quiet(s))}

    def delta(self, theirs, reserved=0):
        cand = []
        for i, s in self.states.items():
            _, gc, mx = theirs.get(i, (0, 0, 0))
            frm = W.from_version(s.gc, s.max, gc, mx)
            if frm is not None and not (i != self.me and self.gone_quiet(s)):
                new = s.newer_than(frm)
                cand.append(((frm != 0, s.max if frm == 0 else -len(new), random.random()), i, s, frm, new))
        out, used = [], 0
        hard = W.MAX_DATAGRAM - 4 - reserved - 1 - 3 * 5
        for _, i, s, frm, new in sorted(cand, key=lambda c: c[0]):
            size, kvs = len(W.op_node(i, s.gc, frm)), []
            for kv in new:
                n = len(W.op_kv(*kv))
                if used + size + n > (hard if not out and not kvs else min(SOFT_BUDGET, hard)):
                    break
                kvs.append(kv)
                size += n
            if kvs or not new:                  # never a bare Node op
                out.append((i, s.gc, frm, kvs, s.max))
                used += size
        return out

    def greet(self, to):
        """All we have, unasked, right before the first Syn."""
        if to in self.greeted or to == self.me[2] or not to[1]:
            return False
        self.greeted.add(to)
        self.send(to, W.ACK, delta=self.delta({}))
        self.send(to, W.SYN, digest_=self.digest(), cluster_id=self.opt.cluster_id)
        return True

    def push(self):
        """Our own state to every live node."""
        own = [d for d in self.delta({}) if d[0] == self.me]
        for i, s in self.states.items():
            if s.live and i != self.me:
                self.send(i[2], W.ACK, delta=own)

    # -- receiving
    def datagram_received(self, data, src):
        try:
            m = W.dec_gossip(data)
        except W.WireError as e:
            return emit("bad datagram", peer=W.addr_text(src[:2]), error=str(e))
        self.own.heartbeat += 1
        kind = m["kind"]
        if m["version"] != 0:
            return
        if kind == W.SYN:
            if m["cluster_id"] != self.opt.cluster_id:
                return self.send(src, W.BADCLUSTER)
            self.on_digest(m["digest"])
            mine = self.digest()
            self.send(src, W.SYNACK, digest_=mine, delta=self.delta(m["digest"], len(W.digest(mine))))
        elif kind == W.SYNACK:
            self.on_digest(m["digest"])
            self.on_delta(m["delta"])
            self.send(src, W.ACK, delta=self.delta(m["digest"]))
        elif kind == W.ACK:
            self.on_delta(m["delta"])
        else:
            emit("bad cluster", peer=W.addr_text(src[:2]))
        self.changed()

    def on_digest(self, digest):
        for i, (hb, _, mx) in digest.items():
            if i == self.me:
                if hb > self.own.heartbeat:
                    self.own.heartbeat = hb + 1
                if mx > self.own.max:           # somebody remembers more of us than we do
                    emit("clone or lost generation", theirs=mx, ours=self.own.max)
                    self.own.max = mx
                    for k, _, _, _ in self.own.newer_than(0):
                        self.own.set(k, self.own.kvs.pop(k)[0])
            else:
                self.know(i).beat(hb)

    def know(self, i):
        if i not in self.states:
            self.states[i] = State()
            emit("new node", node=W.id_json(i))
            self.greet(i[2])
        return self.states[i]

    def on_delta(self, delta):
        for i, gc, frm, kvs, mx in delta:
            if i == self.me or (frm and i not in self.states):
                continue
            s = self.know(i)
            verdict = W.delta_status(s.gc, s.max, gc, frm, mx)
            if verdict == W.REJECT or any(v >= 1 << 63 or not k[:1].isascii() for k, _, v, _ in kvs):
                continue
            if verdict == W.RESET:
                s.kvs, s.max, s.gc = {}, 0, gc
            known = s.max
            for k, v, ver, status in kvs:
                if ver > known and not (status != W.SET and ver <= s.gc):
                    s.kvs[k] = (v, ver, status, time.monotonic())
                    emit("key", node=W.id_json(i), key=k, value=W.text_or_sum(v), version=ver, status=W.STATUS_NAMES[status])
            s.max = mx

    # -- the tick
    def targets(self):
        live = {i[2] for i, s in self.states.items() if s.live and i != self.me}
        dead = {i[2] for i, s in self.states.items() if not s.live}
        out = random.sample(sorted(live or dead), min(3, len(live or dead)))
        near_seed = any(a in self.seeds for a in out)
        if dead and len(dead) / (len(live) + 1) > random.random():
            out.append(random.choice(sorted(dead)))
        if self.seeds and (not near_seed or len(live) < len(self.seeds)):
            if not live or random.random() <= len(self.seeds) / (len(live) + len(dead)):
                out.append(random.choice(self.seeds))
        return {a for a in out if a[1] and a[0] not in ("0.0.0.0", "::")}

    async def run(self):
        while True:
            to = self.targets()
            self.own.heartbeat += 1
            for s in self.states.values():
                s.collect()
            for a in to:
                if not self.greet(a):
                    self.send(a, W.SYN, digest_=self.digest(), cluster_id=self.opt.cluster_id)
            for i, s in list(self.states.items()):
                if i != self.me and s.judge(self.opt.interval):
                    emit("live" if s.live else "dead", node=W.id_json(i))
                if not s.live and time.monotonic() >= s.died + DEAD_GRACE:
                    del self.states[i]
            self.changed()
            await asyncio.sleep(self.opt.interval)

    def newest(self):
        """node_id -> state of its highest generation."""
        return {i[0]: self.states[i] for i in sorted(self.states, key=W.id_key) if i[0] != self.me[0]}
