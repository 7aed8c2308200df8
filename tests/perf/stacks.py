# SPDX-License-Identifier: Apache-2.0
"""stacks.py - what `perf script` says, folded: how often each stack was seen, and what it was doing

A stack is a tuple of frames from the turn of the loop up to where the processor was. Functions that were
inlined are frames like others. A frame of ours is called by its function, after its file where the name does
not say that already: "conn_on_publish", "stream:send_some".
"""
import os
import re
from collections import Counter, namedtuple

FIELDS = "ip,sym,dso,srcline"   # of perf script
OURS, LIBRARY, KERNEL = "ours", "library", "kernel"
PROGRAM = "vibemqd"
KERNEL_DEPTH = 12
ROOT = "worker:on_dispatch"     # what is below it is the same for all, and GLib's

Frame = namedtuple("Frame", "kind name file")

FRAME = re.compile(r"^\s+([0-9a-f]+) (.+?)(?: \((\S+)\))?$")
SOURCE = re.compile(r"^  (\S+?):\d+(?: \(inlined\))?$")
MADE_BY_COMPILER = re.compile(r"\.(?:lto_priv|isra|constprop|part|cold)\b(?:\.\d+)*|@@?\S+$")
ENTRY = re.compile(r"^(?:entry_|do_syscall_|__x64_sys_|__arm64_sys_|el0|do_el0_|invoke_syscall)")


# ---- frames

def stem(path):
    return os.path.basename(path).split(".")[0]


def name_ours(function, file):
    is_said = file is None or function.startswith(stem(file).split("_")[0] + "_")
    return function if is_said else "%s:%s" % (stem(file), function)


def frame_of(address, symbol, binary, file, ours):
    """`binary`: None where it was inlined; the file says whose it is then."""
    function = MADE_BY_COMPILER.sub("", symbol)
    if int(address, 16) >> 63:
        return Frame(KERNEL, function, None)
    if stem(binary) == PROGRAM if binary else file in ours:
        return Frame(OURS, name_ours(function, file), file)
    return Frame(LIBRARY, "(%s)" % stem(binary) if function == "[unknown]" else function, None)


def read_block(lines):
    """(address, symbol, binary, file) from the innermost outwards."""
    found = []
    for line in lines:
        source, frame = SOURCE.match(line), FRAME.match(line)
        if source and found:
            found[-1] = found[-1][:3] + (source.group(1),)
        elif frame:
            found.append(frame.groups() + (None,))
    return found


def shorten(frames):
    """Without what every stack has, and without the kernel's finest details."""
    below = next((i for i, f in enumerate(frames) if f.name == ROOT), 0)
    frames = [f for f, before in zip(frames[below:], [None, *frames[below:]]) if f != before]
    user = [f for f in frames if f.kind != KERNEL]
    kernel = [f for f in frames if f.kind == KERNEL and not ENTRY.match(f.name)]
    return tuple(user + kernel[:KERNEL_DEPTH])


def fold(text, ours):
    """A Counter of stacks, of the text that `perf script -F FIELDS` wrote; `ours`: names of our source files."""
    stacks = Counter()
    for block in text.split("\n\n"):
        frames = [frame_of(*f, ours) for f in reversed(read_block(block.split("\n")))]
        if frames:
            stacks[shorten(frames)] += 1
    return stacks


# ---- stages: the first line that fits any frame is what a stack was doing ...

DOING = (
    ("wait for events, system calls", r"(?:__GI_)?_*(?:epoll_wait|poll|ppoll)$"),
    ("receive, system call", r"_*(?:libc_)?(?:recv|read|readv|recvmsg)$"),
    ("send, system call", r"_*(?:libc_)?(?:send|write|writev|sendmsg)$"),
    ("allocate and free", r"(?:__GI_)?_*(?:libc_)?(?:malloc|free|calloc|realloc)$|g_(?:malloc|slice|free|realloc)"),
    ("acknowledge", r"conn_on_pub(?:ack|rec|rel|comp)$|conn_in:acknowledge$|conn_answer$"),
)

# ... and otherwise the file of the innermost of ours that has one of these nouns.
NOUNS = (
    ("decode", "decode decode_parts decode_connect decode_subscribe packet reader topic utf8 property"),
    ("route", "publish message matches route_cache router tree walk retained hash"),
    ("deliver, session", "deliver delivery handover session session_send session_priv window queue sink slots core"
                         " hooks stock"),
    ("encode", "encode encode_parts writer"),
    ("conn", "conn conn_in conn_out conn_priv conn_answer"),
    ("stream, loop", "stream buf worker mailbox timer loop tally"),
)
OTHER = "other"
STAGES = tuple(stage for stage, _ in DOING + NOUNS) + (OTHER,)
BY_NOUN = {noun: stage for stage, nouns in NOUNS for noun in nouns.split()}


def stage_of(stack):
    for stage, pattern in DOING:
        if any(re.match(pattern, f.name) for f in stack if f.kind != KERNEL):
            return stage
    nouns = (stem(f.file) for f in reversed(stack) if f.file)
    return next((BY_NOUN[noun] for noun in nouns if noun in BY_NOUN), OTHER)


def stages(stacks):
    """(stage, share) of those that are there."""
    counts = Counter()
    for stack, n in stacks.items():
        counts[stage_of(stack)] += n
    total = sum(counts.values())
    return [(stage, counts[stage] / total) for stage in STAGES if counts[stage]]
