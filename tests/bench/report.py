# SPDX-License-Identifier: Apache-2.0
"""report.py - the table (Markdown) and the plot (SVG) of a comparison"""
import json
import math
import os
import platform
import statistics
import time
from html import escape

from perf import instructions

FAULTS = ("lost", "duplicates", "late", "damaged", "refused")
COLOURS = ("#2166ac", "#b2182b", "#7fbc41", "#f4a582", "#762a83", "#878787")


# ---- figures

def value_of(report, figure):
    """None: the run has it not."""
    for key in figure.path.split("."):
        report = report.get(key)
        if report is None:
            return None
    return report * figure.scale


def median_of(reports, figure):
    values = [v for v in (value_of(r, figure) for r in reports) if v is not None]
    return statistics.median(values) if values else None


def times_better(ours, theirs, figure):
    """How many times better the first is; None: that cannot be said."""
    if not ours or not theirs:
        return None
    return ours / theirs if figure.is_rate else theirs / ours


def show(value, figure):
    if value is None:
        return "–"
    if figure.is_rate:
        return "%.2f M" % (value / 1e6) if value >= 1e6 else "%.0f k" % (value / 1e3) if value >= 1e4 else \
            "%.0f" % value
    return "%.3g %s" % (value, figure.unit) if value < 1000 else "%.0f %s" % (value, figure.unit)


def faults_of(reports):
    """The worst round's, or why there is nothing."""
    failures = [r["failure"] for r in reports if r.get("failure")]
    said = ["%d %s" % (worst, f) for f in FAULTS for worst in [max((r.get(f, 0) for r in reports), default=0)] if worst]
    return "; ".join(said + failures[:1])


# ---- Markdown

def machine():
    model = platform.processor() or platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return "%d × %s, Linux %s" % (os.cpu_count(), model, platform.release())


def head(options, brokers):
    yield "# Brokers compared with vibemq-bench"
    yield ""
    yield "%s; %s. Medians of %d rounds, %g s each; one generator with %d thread%s on the same machine." % (
        time.strftime("%Y-%m-%d %H:%M"), machine(), options.rounds, options.seconds, options.threads,
        "s" if options.threads > 1 else "")
    yield "In brackets: how many times better %s is." % brokers[0].name
    yield ""
    for broker in brokers:
        yield "* %s: `%s`" % (broker.name, broker.version().replace("`", "'"))
    yield ""


def table(options, brokers, runs):
    yield "| Scenario | Figure | " + " | ".join(b.name for b in brokers) + " |"
    yield "|---|---|" + "---|" * len(brokers)
    for scenario in options.table:
        for figure in scenario.figures if scenario.key in runs else ():
            medians = [median_of(runs[scenario.key].get(b.name, ()), figure) for b in brokers]
            cells = [show(medians[0], figure)]
            for theirs in medians[1:]:
                times = times_better(medians[0], theirs, figure)
                cells.append(show(theirs, figure) + (" (%.2f)" % times if times else ""))
            yield "| %s %s | %s | %s |" % (scenario.key, scenario.title, figure.label, " | ".join(cells))


def faults(options, brokers, runs):
    yield ""
    yield "What was not delivered as it should, in the worst round:"
    yield ""
    found = [(s.key, b.name, faults_of(runs[s.key].get(b.name, ())))
             for s in options.table if s.key in runs for b in brokers]
    for key, name, said in found:
        if said:
            yield "* %s, %s: %s" % (key, name, said)
    if not any(said for _, _, said in found):
        yield "nothing."


# ---- SVG: a bar for each broker and figure, to the right where it is better than the base

WIDTH, LEFT, BAR, GAP = 900, 240, 11, 9


def bars(options, brokers, runs):
    """(label, [(broker, times better than the base)]) of each figure."""
    base = next((b for b in brokers if b.name == "mosquitto"), brokers[0])
    for scenario in options.table:
        for figure in scenario.figures if scenario.key in runs else ():
            medians = {b.name: median_of(runs[scenario.key].get(b.name, ()), figure) for b in brokers}
            yield "%s  %s" % (scenario.key, figure.label), [
                (i, times_better(medians[b.name], medians[base.name], figure)) for i, b in enumerate(brokers)]


def text(x, y, words, **more):
    how = "".join(' %s="%s"' % (k.replace("_", "-"), v) for k, v in more.items())
    return '<text x="%.1f" y="%.1f"%s>%s</text>' % (x, y, how, escape(words))


def scale(rows):
    """From a ratio to an x, on a logarithmic axis; and the powers of two on it."""
    logs = [math.log2(t) for _, cells in rows for _, t in cells if t]
    low, high = math.floor(min(logs + [-1])), math.ceil(max(logs + [1]))
    return (lambda t: LEFT + (math.log2(t) - low) / (high - low) * (WIDTH - LEFT - 60)), range(low, high + 1)


def plot(options, brokers, runs):
    rows = list(bars(options, brokers, runs))
    x_of, powers = scale(rows)
    top = 60 + 16 * len(brokers)
    row = len(brokers) * BAR + GAP
    bottom = top + row * len(rows)
    base = "mosquitto" if any(b.name == "mosquitto" for b in brokers) else brokers[0].name
    yield '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">' % (
        WIDTH, bottom + 30)
    yield '<rect width="100%" height="100%" fill="white"/>'
    yield text(20, 24, "Times better than %s, of the same run; medians of %d" % (base, options.rounds), font_size=15)
    for i, broker in enumerate(brokers):
        yield '<rect x="20" y="%d" width="10" height="10" fill="%s"/>' % (38 + 16 * i, COLOURS[i % len(COLOURS)])
        yield text(36, 47 + 16 * i, broker.name)
    for power in powers:
        x = x_of(2.0 ** power)
        yield '<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s"/>' % (
            x, x, top - 6, bottom, "#000" if power == 0 else "#ddd")
        yield text(x, bottom + 16, "%g" % 2.0 ** power, text_anchor="middle")
    for n, (label, cells) in enumerate(rows):
        y = top + n * row
        yield text(20, y + (row - GAP) / 2 + 4, label)
        for i, times in cells:
            yield from bar(x_of, y + i * BAR, COLOURS[i % len(COLOURS)], times)
    yield "</svg>"


def bar(x_of, y, colour, times):
    if not times:
        yield text(x_of(1) + 4, y + 9, "no figure", fill="#999", font_size=9)
        return
    x0, x1 = sorted((x_of(1), x_of(times)))
    yield '<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s"/>' % (x0, y, max(x1 - x0, 1), BAR - 1, colour)
    yield text(max(x1, x_of(1)) + 4, y + 9, "%.2f" % times, font_size=9)


def counted(rows):
    yield ""
    yield "## Instructions of one operation of vibemqd"
    yield ""
    yield from instructions.markdown(rows)


def write_report(options, brokers, runs, rows=None):
    """`rows`: of instructions.py, if they were counted."""
    os.makedirs(options.report, exist_ok=True)
    lines = [*head(options, brokers), *table(options, brokers, runs), *faults(options, brokers, runs), "",
             "![Times better](report.svg)", *(counted(rows) if rows else ())]
    for name, content in (("report.md", "\n".join(lines)), ("report.svg", "\n".join(plot(options, brokers, runs))),
                          ("runs.json", json.dumps(runs, indent=1))):
        with open(os.path.join(options.report, name), "w", encoding="utf-8") as file:
            file.write(content + "\n")
