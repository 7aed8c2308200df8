# SPDX-License-Identifier: Apache-2.0
"""flamegraph.py - folded stacks as an SVG that needs nothing else

What a box stands on called it; its width is its share of all samples. Boxes say all of their name, and their
share, when they are pointed at.
"""
import zlib
from html import escape

from perf.stacks import KERNEL, LIBRARY, OURS

WIDTH, MARGIN, ROW, HEAD = 1200, 10, 17, 94
FONT, LETTER = 11, 6.65         # a monospaced letter of that size, in the widest of usual fonts
LEAST = 0.003                   # of all samples; what is narrower is left out
COLOURS = {OURS: (24, 90, 66), LIBRARY: (52, 80, 70), KERNEL: (207, 62, 74)}    # hue, saturation, lightness
KINDS = ((OURS, "vibemqd"), (LIBRARY, "libc and GLib"), (KERNEL, "kernel"))


class Box:
    """A frame, how many samples were in it, and what it called."""

    def __init__(self, frame):
        self.frame, self.samples, self.called = frame, 0, {}

    def grow(self, stack, n):
        box = self
        box.samples += n
        for frame in stack:
            box = box.called.setdefault(frame, Box(frame))
            box.samples += n

    def widest_first(self):
        return sorted(self.called.values(), key=lambda box: (-box.samples, box.frame.name))


def tree_of(stacks):
    root = Box(None)
    for stack, n in stacks.items():
        root.grow(stack, n)
    return root


def place(box, total, x=0, depth=0):
    """(box, first sample, depth) of all that are wide enough, above this one."""
    for child in box.widest_first():
        if child.samples >= LEAST * total:
            yield child, x, depth
            yield from place(child, total, x, depth + 1)
        x += child.samples


def clip(words, width):
    """As much as fits in so many pixels; nothing rather than a letter or two."""
    letters = int((width - 4) / LETTER)
    if len(words) <= letters:
        return words
    return words[:letters - 1] + "…" if letters > 3 else ""


def colour(kind, name):
    """Neighbours differ a little."""
    hue, saturation, lightness = COLOURS[kind]
    by = zlib.crc32(name.encode()) % 9 - 4
    return "hsl(%d,%d%%,%d%%)" % (hue + by, saturation, lightness + by)


def draw(box, first, depth, bottom, total):
    x, width = MARGIN + first * scale(total), box.samples * scale(total)
    y = bottom - (depth + 1) * ROW
    name = box.frame.name
    own = box.samples - sum(child.samples for child in box.called.values())
    tip = "%s: %.1f %%, %d samples; %.1f %% in itself" % (name, 100 * box.samples / total, box.samples,
                                                          100 * own / total)
    yield '<g><title>%s</title><rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>' % (
        escape(tip), x, y, max(width - 0.5, 0.5), ROW - 1, colour(box.frame.kind, name))
    if clip(name, width):
        yield '<text x="%.1f" y="%d">%s</text>' % (x + 3, y + 12, escape(clip(name, width)))
    yield "</g>"


def scale(total):
    return (WIDTH - 2 * MARGIN) / total


def legend():
    x = MARGIN
    for kind, words in KINDS:
        yield '<rect x="%d" y="74" width="12" height="12" fill="%s"/><text x="%d" y="84">%s</text>' % (
            x, "hsl(%d,%d%%,%d%%)" % COLOURS[kind], x + 17, words)
        x += 17 + int(LETTER * len(words)) + 22
    yield '<text x="%d" y="84">a box stands on its caller; the width is the share of CPU time; under %g %% is left' \
          ' out</text>' % (x, 100 * LEAST)


def svg(stacks, title, *subtitles):
    """The lines of the picture; two subtitles have room."""
    root, total = tree_of(stacks), sum(stacks.values())
    placed = list(place(root, total))
    height = HEAD + ROW * (1 + max((depth for _, _, depth in placed), default=0)) + MARGIN
    yield '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-size="%d"' \
          ' font-family="DejaVu Sans Mono,Menlo,Consolas,monospace">' % (WIDTH, height, WIDTH, height, FONT)
    yield '<rect width="100%" height="100%" fill="white"/>'
    yield '<text x="%d" y="24" font-size="16" font-family="sans-serif">%s</text>' % (MARGIN, escape(title))
    for i, words in enumerate(subtitles):
        yield '<text x="%d" y="%d" font-family="sans-serif">%s</text>' % (MARGIN, 44 + 16 * i, escape(words))
    yield from legend()
    for box, first, depth in placed:
        yield from draw(box, first, depth, height - MARGIN, total)
    yield "</svg>"
