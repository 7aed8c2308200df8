# SPDX-License-Identifier: Apache-2.0
"""wire.py - gossip datagrams and link frames, encoded and decoded apart from the C code

Written from the protocol, not from plugins/cluster: where the two disagree, one of them is wrong.
libzstd.so.1 is needed to read compressed blocks; blocks are written plain, which every node takes.
"""
import ctypes
import hashlib
import ipaddress
import json
import re
import struct

# ---- zstd

_lib = ctypes.CDLL("libzstd.so.1")
_lib.ZSTD_decompress.restype = ctypes.c_size_t
_lib.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t]
_lib.ZSTD_isError.restype = ctypes.c_uint
_lib.ZSTD_isError.argtypes = [ctypes.c_size_t]


class WireError(Exception):
    pass


def zstd_decompress(data, cap=65535):
    out = ctypes.create_string_buffer(cap)
    n = _lib.ZSTD_decompress(out, cap, data, len(data))
    if _lib.ZSTD_isError(n):
        raise WireError("zstd")
    return out.raw[:n]


# ---- gossip
MAGIC = 45139          # 0xB053, little endian on the wire: 53 B0
VERSION = 0
SYN, SYNACK, ACK, BADCLUSTER = 0, 1, 2, 3
OP_NODE, OP_KV, OP_SET_MAX_VERSION = 0, 1, 2
SET, DELETED, DELETE_AFTER_TTL = 0, 1, 2
BLK_END, BLK_ZSTD, BLK_RAW = 0, 1, 2
MAX_DATAGRAM = 65507
BLOCK_THRESHOLD = 16384
MAX_DELTA = 16 << 20    # our own cap on the decompressed size of one delta


def u8(v): return struct.pack("<B", v)
def u16(v): return struct.pack("<H", v)
def u64(v): return struct.pack("<Q", v)


def string(s):
    b = s.encode("utf-8")
    if len(b) > 65535:
        raise WireError("string too long")
    return u16(len(b)) + b


def sockaddr(a):
    host, port = a
    ip = ipaddress.ip_address(host)
    return u8(ip.version) + ip.packed + u16(port)


def chitchat_id(i):
    node_id, generation, addr = i
    return string(node_id) + u64(generation) + sockaddr(addr)


def id_key(i):
    """Total order of ids: node_id bytes, generation, then address (v4 before v6)."""
    ip = ipaddress.ip_address(i[2][0])
    return (i[0].encode(), i[1], ip.version, ip.packed, i[2][1])


def digest(d, version=0):
    """d: {id: (heartbeat, last_gc_version, max_version)}"""
    if len(d) > 65535:
        raise WireError("too many nodes")
    out = b""
    for i in sorted(d, key=id_key):
        hb, gc, mx = d[i]
        out += chitchat_id(i) + u64(hb) + u64(gc) + u64(mx)
    return block_stream(out) if version else u16(len(d)) + out


def op_node(i, last_gc, from_excl): return u8(OP_NODE) + chitchat_id(i) + u64(last_gc) + u64(from_excl)
def op_kv(k, v, ver, status): return u8(OP_KV) + string(k) + string(v) + u64(ver) + u8(status)
def op_set_max(ver): return u8(OP_SET_MAX_VERSION) + u64(ver)


def ops_of(delta):
    """delta: [(id, last_gc, from_excluded, [(key, value, version, status)], max_version or None)]"""
    for i, gc, frm, kvs, mx in delta:
        yield op_node(i, gc, frm)
        for kv in kvs:
            yield op_kv(*kv)
        if not kvs and mx:
            yield op_set_max(mx)


def block_stream(buf):
    out = b""
    while buf:
        chunk, buf = buf[:BLOCK_THRESHOLD], buf[BLOCK_THRESHOLD:]
        out += u8(BLK_RAW) + u16(len(chunk)) + chunk
    return out + u8(BLK_END)


def gossip(kind, *, digest_=None, delta=None, cluster_id=None, version=VERSION):
    out = u16(MAGIC) + u8(version) + u8(kind)
    if kind in (SYN, SYNACK):
        out += digest(digest_, version)
    if kind == SYN:
        out += string(cluster_id)
    if kind in (SYNACK, ACK):
        out += block_stream(b"".join(ops_of(delta)))
    return out


class R:
    def __init__(self, b): self.b, self.p = b, 0

    def take(self, n):
        if self.p + n > len(self.b):
            raise WireError("short")
        v = self.b[self.p:self.p + n]
        self.p += n
        return v

    def u8(self): return self.take(1)[0]
    def u16(self): return struct.unpack("<H", self.take(2))[0]
    def u64(self): return struct.unpack("<Q", self.take(8))[0]

    def string(self):
        try:
            return self.take(self.u16()).decode("utf-8")
        except UnicodeDecodeError:
            raise WireError("utf-8")

    def sockaddr(self):
        v = self.u8()
        if v not in (4, 6):
            raise WireError("ip version")
        return (str(ipaddress.ip_address(self.take(4 if v == 4 else 16))), self.u16())

    def id(self):
        return (self.string(), self.u64(), self.sockaddr())

    def end(self): return self.p == len(self.b)


def dec_digest(r, version=0):
    """Protocol version 0: a count, then the entries.  Version 1 (chitchat >= 0.12, off by
    default): a block stream of entries without a count."""
    d = {}
    if version:
        r = R(dec_blocks(r)[0])
    for n in range(r.u16() if not version else 1 << 32):
        if version and r.end():
            break
        i = r.id()
        d[i] = (r.u64(), r.u64(), r.u64())
    return d


def dec_blocks(r):
    """-> decompressed bytes, [(block type, length on the wire, length decompressed)]"""
    data, blocks = b"", []
    while True:
        t = r.u8()
        if t == BLK_END:
            return data, blocks
        if t not in (BLK_ZSTD, BLK_RAW):
            raise WireError("block type")
        wire = r.take(r.u16())
        plain = zstd_decompress(wire) if t == BLK_ZSTD else wire
        blocks.append((t, len(wire), len(plain)))
        data += plain
        if len(data) > MAX_DELTA:
            raise WireError("decompression bomb")


def dec_delta(r, blocks=None):
    data, found = dec_blocks(r)
    if blocks is not None:
        blocks += found
    q, out, cur, seen = R(data), [], None, set()
    while not q.end():
        t = q.u8()
        if t == OP_NODE:
            i = q.id()
            if i in seen:
                raise WireError("duplicate node")
            seen.add(i)
            cur = [i, q.u64(), q.u64(), [], 0]
            out.append(cur)
        elif t == OP_KV:
            k, v, ver, st = q.string(), q.string(), q.u64(), q.u8()
            if cur is None or st > 2 or ver <= cur[4]:
                raise WireError("kv")
            cur[3].append((k, v, ver, st))
            cur[4] = ver
        elif t == OP_SET_MAX_VERSION:
            ver = q.u64()
            if cur is None:
                raise WireError("set max")
            cur[4] = max(cur[4], ver)  # never lower
        else:
            raise WireError("op")
    return [tuple(c) for c in out]


def dec_gossip(b):
    r = R(b)
    magic, version = r.u16(), r.u8()
    if magic != MAGIC or version > 1:
        raise WireError("header")
    kind = r.u8()
    m = {"kind": kind, "version": version}
    if kind in (SYN, SYNACK):
        m["digest"] = dec_digest(r, version)
    if kind == SYN:
        m["cluster_id"] = r.string()
    if kind in (SYNACK, ACK):
        m["blocks"] = []
        m["delta"] = dec_delta(r, m["blocks"])
    if kind > 3:
        raise WireError("type")
    m["trailing"] = r.b[r.p:]          # ignored by chitchat
    return m


# ---- the peer link: bincode
HELLO, HELLO_ACK, PUBLISH, SUB_SYNC, SUB_UPDATE, PING, PONG, GOODBYE = range(8)


def varint(v):
    if v <= 250:
        return struct.pack("<B", v)
    if v <= 0xFFFF:
        return b"\xfb" + struct.pack("<H", v)
    if v <= 0xFFFFFFFF:
        return b"\xfc" + struct.pack("<I", v)
    return b"\xfd" + struct.pack("<Q", v)


def bbytes(b): return varint(len(b)) + b
def bstr(s): return bbytes(s.encode("utf-8"))
def bvec(l): return varint(len(l)) + b"".join(bstr(s) for s in l)


def frame(payload): return struct.pack(">I", len(payload)) + payload


def peer(kind, **f):
    out = varint(kind)
    if kind in (HELLO, HELLO_ACK):
        out += bstr(f["node_id"]) + u8(f["version"])
    elif kind == PUBLISH:
        out += bstr(f["topic"]) + bbytes(f["payload"]) + u8(f["qos"]) + u8(1 if f["retain"] else 0) + bstr(f["origin_node"])
    elif kind == SUB_SYNC:
        out += bvec(f["filters"])
    elif kind == SUB_UPDATE:
        out += bvec(f["added"]) + bvec(f["removed"])
    return frame(out)


class P(R):
    def varint(self, bits=64):
        b = self.u8()
        if b <= 250:
            return b
        if b == 251:
            return struct.unpack("<H", self.take(2))[0]
        if b == 252:
            return struct.unpack("<I", self.take(4))[0]
        if b == 253 and bits == 64:
            return struct.unpack("<Q", self.take(8))[0]
        raise WireError("varint marker")

    def bbytes(self): return self.take(self.varint())

    def bstr(self):
        try:
            return self.bbytes().decode("utf-8")
        except UnicodeDecodeError:
            raise WireError("utf-8")

    def bvec(self):
        n = self.varint()
        if n > len(self.b) - self.p:      # every element is at least one byte
            raise WireError("vec")
        return [self.bstr() for _ in range(n)]

    def bool(self):
        v = self.u8()
        if v > 1:
            raise WireError("bool")
        return v == 1


def dec_peer(payload):
    r = P(payload)
    kind = r.varint(32)
    m = {"kind": kind}
    if kind in (HELLO, HELLO_ACK):
        m.update(node_id=r.bstr(), version=r.u8())
    elif kind == PUBLISH:
        m.update(topic=r.bstr(), payload=r.bbytes(), qos=r.u8(), retain=r.bool(), origin_node=r.bstr())
    elif kind == SUB_SYNC:
        m.update(filters=r.bvec())
    elif kind == SUB_UPDATE:
        m.update(added=r.bvec(), removed=r.bvec())
    elif kind > 7:
        raise WireError("unknown variant")
    m["trailing"] = r.b[r.p:]          # ignored by VibeMQ
    return m


# ---- as text: tests/data/README.md
GOSSIP_NAMES = ("syn", "synack", "ack", "badcluster")
STATUS_NAMES = ("set", "deleted", "ttl")
BLOCK_NAMES = ("end", "zstd", "raw")
PEER_NAMES = ("hello", "helloack", "publish", "subsync", "subupdate", "ping", "pong", "goodbye")
LONG = 256      # longer texts are given by length and SHA-256


def tohex(b):
    """Hex; a run of more than 64 equal bytes becomes a word of its own, `xx*count`."""
    out, p = [], 0
    for m in re.finditer(rb"(?s)(.)\1{64,}", b):
        out += [b[p:m.start()].hex(), "%02x*%d" % (m.group()[0], len(m.group()))]
        p = m.end()
    return " ".join(w for w in out + [b[p:].hex()] if w)


def compact(v):
    return json.dumps(v, ensure_ascii=False, separators=(",", ":"))


def addr_text(a):
    return ("[%s]:%d" if ":" in a[0] else "%s:%d") % a


def text_or_sum(s):
    b = s if isinstance(s, bytes) else s.encode()
    if len(b) > LONG:
        return {"len": len(b), "sha256": hashlib.sha256(b).hexdigest()}
    return b.hex() if isinstance(s, bytes) else s


def id_json(i): return [i[0], i[1], addr_text(i[2])]


def peer_json(m):
    """The meaning of dec_peer()'s result.  A payload is hex (or length and SHA-256)."""
    j = {"type": PEER_NAMES[m["kind"]]}
    j.update((k, v) for k, v in m.items() if k not in ("kind", "trailing"))
    if "payload" in j:
        j["payload"] = text_or_sum(j["payload"])
    if "filters" in j and len(compact(j["filters"])) > 1024:
        j["filters"] = {"count": len(j["filters"]), "sha256": hashlib.sha256("\n".join(j["filters"]).encode()).hexdigest()}
    if m["trailing"]:
        j["trailing"] = len(m["trailing"])
    return j


# ---- decisions

REJECT, APPLY, RESET = "reject", "apply", "reset"


def delta_status(gc, mx, d_gc, d_from, d_max):
    """The rule of chitchat 0.10.1.  gc, mx: what the receiver holds
    for the node; d_*: last_gc_version, from_version_excluded and highest version of the delta."""
    if d_from > mx:
        return REJECT
    if not (d_gc <= gc or d_gc <= mx):
        return RESET if d_from == 0 and d_max > 0 else REJECT
    return APPLY if d_max > mx else REJECT


def from_version(have_gc, have_max, dig_gc, dig_max):
    """What a sender puts into from_version_excluded; None: nothing to send."""
    if have_max <= dig_max:
        return None
    return 0 if (dig_gc < have_gc and dig_max < have_gc) else dig_max


def phi(intervals, elapsed, prior_mean, prior_weight=5.0, window=1000, max_interval=10.0):
    w = [i for i in intervals if i <= max_interval][-window:]
    if not w:
        return None
    return elapsed / ((sum(w) + prior_weight * prior_mean) / (len(w) + prior_weight))
