#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flames.py - what becomes of the samples of perf: stacks, stages and the picture, of samples that are made up"""
import xml.etree.ElementTree as ElementTree

from lib.tap import run, test
from perf import flamegraph, stacks
from perf.stacks import KERNEL, LIBRARY, OURS, Frame

FILES = {"worker.c", "stream.c", "conn.c", "conn_in.c", "session.c", "session_send.c", "window.c", "delivery.h"}

# As perf script writes them: the innermost first, and what was inlined without a binary.
LOOP = """\
	           2649a turn
  worker.c:190 (inlined)
	           2649a on_dispatch
  worker.c:231 (inlined)
	           54788 g_main_context_dispatch (/usr/lib/libglib-2.0.so.0.7400.6)
  ??:0
	           54a17 [unknown] (/usr/lib/libglib-2.0.so.0.7400.6)
	            8ff3 main (/usr/sbin/vibemqd)
  main.c:98
"""
SEND = """
	ffffffff82027000 tcp_sendmsg.constprop.0 ([kernel.kallsyms])
  [kernel.kallsyms][ffffffff82027000]
	ffffffff81e2f330 __x64_sys_sendto ([kernel.kallsyms])
  [kernel.kallsyms][ffffffff81e2f330]
	ffffffff821ed511 do_syscall_64 ([kernel.kallsyms])
	ffffffff81000130 entry_SYSCALL_64_after_hwframe ([kernel.kallsyms])
	          10ab59 __libc_send
  send.c:28 (inlined)
	          10ab59 __send (/usr/lib/libc.so.6)
  send.c:27
	           17c73 send_some.part.0.isra.0 (/usr/sbin/vibemqd)
  stream.c:172
""" + LOOP
PUBACK = """
	           1fa24 %s
  %s (inlined)
	           1fa24 finish.lto_priv.0 (/usr/sbin/vibemqd)
  window.c:228
	           15a94 conn_on_puback (/usr/sbin/vibemqd)
  conn_in.c:141
""" + LOOP
TAKE = """
	           1fa24 take.lto_priv.1 (/usr/sbin/vibemqd)
  session_send.c:228
	           1fa24 take.lto_priv.1 (/usr/sbin/vibemqd)
  session_send.c:200
""" + LOOP


def names(stack):
    return [f.name for f in stack]


def only(text):
    folded = stacks.fold(text, FILES)
    assert len(folded) == 1, folded
    return next(iter(folded))


@test
def a_stack_begins_at_the_turn_and_leaves_out_how_the_kernel_is_entered():
    stack = only(SEND)
    assert names(stack) == ["worker:on_dispatch", "worker:turn", "stream:send_some", "__send", "__libc_send",
                            "tcp_sendmsg"], stack
    assert [f.kind for f in stack] == [OURS] * 3 + [LIBRARY] * 2 + [KERNEL], stack


@test
def what_is_the_same_is_counted_once_and_what_has_no_name_is_called_by_its_library():
    assert stacks.fold(SEND * 3 + TAKE, FILES)[only(SEND)] == 3
    assert only(TAKE)[-1] == Frame(OURS, "session_send:take", "session_send.c")
    assert names(only(TAKE)).count("session_send:take") == 1
    assert names(only("\t 54a17 [unknown] (/usr/lib/libglib-2.0.so.0)\n")) == ["(libglib-2)"]


@test
def a_file_is_told_where_the_name_does_not_say_it():
    stack = only(PUBACK % ("delivery_clear", "delivery.h:12"))
    assert names(stack)[2:] == ["conn_on_puback", "window:finish", "delivery_clear"], stack


@test
def the_kernel_is_cut_where_it_is_deep():
    deep = "\n" + "".join("\tffffffff8202%04x f%d ([kernel.kallsyms])\n" % (i, i) for i in range(40)) + LOOP
    kernel = [f for f in only(deep) if f.kind == KERNEL]
    assert names(kernel) == ["f%d" % i for i in range(39, 39 - stacks.KERNEL_DEPTH, -1)], kernel


@test
def stages_are_told_by_system_call_then_by_what_is_answered_then_by_file():
    text = SEND * 4 + PUBACK % ("delivery_clear", "delivery.h:12") + PUBACK % ("__libc_free", "malloc.c:3") + TAKE * 2
    shares = dict(stacks.stages(stacks.fold(text, FILES)))
    assert shares == {"send, system call": 0.5, "acknowledge": 0.125, "allocate and free": 0.125,
                      "deliver, session": 0.25}, shares


# ---- the picture

def drawn(folded):
    """By the beginning of its tooltip, the rectangle and the text of each box."""
    root = ElementTree.fromstring("\n".join(flamegraph.svg(folded, "a < b", "versions")))
    groups = [list(g) for g in root if g.tag.endswith("}g")]
    assert any(t.text == "a < b" for t in root), "no title"
    return {g[0].text.split(": ")[0]: (g[1].attrib, g[2].text if len(g) > 2 else "") for g in groups}


def ours(*functions):
    return tuple(Frame(OURS, f, None) for f in functions)


@test
def a_box_is_as_wide_as_its_share_and_stands_on_its_caller():
    boxes = drawn({ours("turn", "read"): 250, ours("turn", "flush"): 500, ours("turn"): 250})
    turn, read, flush = (boxes[name][0] for name in ("turn", "read", "flush"))
    width = float(turn["width"])
    assert abs(float(flush["width"]) - width / 2) < 1 and abs(float(read["width"]) - width / 4) < 1, boxes
    assert int(read["y"]) == int(flush["y"]) == int(turn["y"]) - flamegraph.ROW, boxes
    assert float(flush["x"]) == float(turn["x"]) < float(read["x"]), boxes


@test
def what_is_too_narrow_is_left_out():
    boxes = drawn({ours("turn"): 9970, ours("seldom"): 29, ours("often"): 31})
    assert set(boxes) == {"turn", "often"}, boxes


@test
def a_text_is_no_wider_than_its_box():
    boxes = drawn({ours("turn"): 940, ours("a_function_with<a>_long_name"): 50, ours("narrow"): 10})
    assert boxes["turn"][1] == "turn" and boxes["narrow"][1] == "", boxes
    box, words = boxes["a_function_with<a>_long_name"]
    assert words.endswith("…") and "a_function_with<a>".startswith(words[:-1]), words
    assert len(words) * flamegraph.LETTER < float(box["width"]), words


run()
