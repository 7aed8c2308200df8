# SPDX-License-Identifier: Apache-2.0
"""report.py - the table (Markdown) and the plot (SVG) of a comparison"""
import json
import math
import os
import statistics
import time
from html import escape

import machine
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


def values_of(reports, figure):
    return [v for v in (value_of(r, figure) for r in reports) if v is not None]


def median_of(reports, figure):
    values = values_of(reports, figure)
    return statistics.median(values) if values else None


def times_better(ours, theirs, figure):
    """How many times better the first is; None: that cannot be said."""
    if not ours or not theirs:
        return None
    return ours / theirs if figure.is_rate else theirs / ours


def show_times(times):
    return "%.0f" % times if times >= 10 else "%.2f" % times


def show(value, figure):
    if not figure.is_rate:
        return ("%.3g %s" if value < 1000 else "%.0f %s") % (value, figure.unit)
    if value < 1e4:
        return "%.0f" % value
    return "%.3g k" % (value / 1e3) if value < 999500 else "%.3g M" % (value / 1e6)


def show_spread(values):
    """How far from the median the rounds are: half of what lies between the extremes."""
    if len(values) < 2 or not statistics.median(values):
        return ""
    return " ±%.0f %%" % ((max(values) - min(values)) / 2 / statistics.median(values) * 100)


def cell(reports, figure, base=None):
    """`base`: our median, with which it is compared."""
    values = values_of(reports, figure)
    if not values:
        return "–"
    times = times_better(base, statistics.median(values), figure)
    return show(statistics.median(values), figure) + show_spread(values) + (
        " (%s)" % show_times(times) if times else "")


def faults_of(reports):
    """The worst round's, or why there is nothing."""
    failures = [r["failure"] for r in reports if r.get("failure")]
    said = ["%d %s" % (worst, f) for f in FAULTS for worst in [max((r.get(f, 0) for r in reports), default=0)] if worst]
    return "; ".join(said + failures[:1])


# ---- Markdown

def plural(n, noun):
    return "%g %s%s" % (n, noun, "" if n == 1 else "s")


def others(runs):
    """How much of the machine was somebody else's."""
    cores = [r["others_cores"] for of_scenario in runs.values() for reports in of_scenario.values() for r in reports]
    usual = statistics.median(cores)
    return "Other programs used %.2f cores meanwhile, at most %.2f in a run.%s" % (
        usual, max(cores), " **It was not a quiet machine**, and the figures are as rough." if usual > 0.1 else "")


def head(options, brokers, runs):
    ours = brokers[0].name
    yield "# Brokers compared with vibemq-bench"
    yield ""
    yield "%s, in %s." % (time.strftime("%Y-%m-%d %H:%M"), plural(max(1, options.minutes()), "minute"))
    yield ""
    yield "* The machine: %s. Brokers and load share it, over 127.0.0.1." % machine.describe()
    yield "* " + others(runs)
    yield "* %s of %s after %s to warm up, the load from %s. Each run has a broker of its own, and rounds go" \
          " through all brokers by turns." % (plural(options.rounds, "round"), plural(options.seconds, "second"),
                                            plural(options.warmup(), "second"), plural(options.threads, "thread"))
    for broker in brokers:
        yield "* %s: %s" % (broker.name, broker.version())
    yield ""
    yield "A figure is the median of the rounds%s. In brackets: how many times better %s is, so that above 1 it is" \
          " ahead and below 1 the other. A rate is what broker and load reach together, where they share the cores;" \
          " the CPU per delivery, user and system, is the broker's alone." % (
              ", ± half of what lies between the extremes" if options.rounds > 1 else "", ours)
    if any(b.name == "floor" for b in brokers):
        yield "The floor is no broker: it waits a millisecond for more and then writes all at once, so what a" \
              " delivery costs it is the kernel's share, and what %s costs beyond that is ours." % ours
    yield ""


def table(options, brokers, runs):
    yield "| | Scenario | Figure | " + " | ".join(b.name for b in brokers) + " |"
    yield "|---|---|---|" + "---|" * len(brokers)
    for scenario in options.table:
        of_scenario = runs.get(scenario.key)
        for i, figure in enumerate(scenario.figures if of_scenario else ()):
            reports = [of_scenario.get(b.name, ()) for b in brokers]
            ours = median_of(reports[0], figure)
            yield "| %s | %s | %s | %s |" % (
                scenario.key, scenario.title if i == 0 else "", figure.label,
                " | ".join([cell(reports[0], figure), *(cell(r, figure, ours) for r in reports[1:])]))


def faults(options, brokers, runs):
    found = [(s.key, b.name, faults_of(runs[s.key].get(b.name, ())))
             for s in options.table if s.key in runs for b in brokers]
    found = [(key, name, said) for key, name, said in found if said]
    yield ""
    if not found:
        yield "Every message was looked at: all arrived, once, in order and as they were sent."
        return
    yield "Every message was looked at. What was not as it should, in the worst round:"
    yield ""
    for key, name, said in found:
        yield "* %s, %s: %s" % (key, name, said)


def counted(rows):
    yield ""
    yield "## Instructions of one operation of vibemqd"
    yield ""
    yield from instructions.markdown(rows)


# ---- SVG: a bar for each broker and figure, to the right where it is better than the base

WIDTH, LEFT, BAR, GAP, HEADING = 900, 200, 11, 6, 24


def base_of(brokers):
    return next((b for b in brokers if b.name == "mosquitto"), brokers[0])


def bars(scenario, brokers, of_scenario):
    """Of each figure its label, and (number of the broker, times better than the base or None)."""
    base = base_of(brokers)
    for figure in scenario.figures:
        medians = {name: median_of(reports, figure) for name, reports in of_scenario.items()}
        yield figure.label, [(i, times_better(medians[b.name], medians[base.name], figure))
                             for i, b in enumerate(brokers) if b is not base and b.name in medians]


def text(x, y, words, **more):
    how = "".join(' %s="%s"' % (k.replace("_", "-"), v) for k, v in more.items())
    return '<text x="%.1f" y="%.1f"%s>%s</text>' % (x, y, how, escape(words))


def scale(groups):
    """From a ratio to an x, on a logarithmic axis; and the powers of two on it."""
    logs = [math.log2(t) for _, rows in groups for _, cells in rows for _, t in cells if t]
    low, high = math.floor(min(logs + [-1])), math.ceil(max(logs + [1]))
    return (lambda t: LEFT + (math.log2(t) - low) / (high - low) * (WIDTH - LEFT - 60)), range(low, high + 1)


def legend(brokers, options):
    base = base_of(brokers)
    yield text(20, 24, "Times better than %s; medians of %s" % (base.name, plural(options.rounds, "round")),
               font_size=15)
    x = 20
    for i, broker in enumerate(brokers):
        if broker is not base:
            yield '<rect x="%d" y="38" width="10" height="10" fill="%s"/>' % (x, COLOURS[i % len(COLOURS)])
            yield text(x + 16, 47, broker.name)
            x += 40 + 7 * len(broker.name)


def axis(x_of, powers, bottom):
    for power in powers:
        x = x_of(2.0 ** power)
        yield '<line x1="%.1f" x2="%.1f" y1="60" y2="%d" stroke="%s"/>' % (
            x, x, bottom, "#000" if power == 0 else "#ddd")
        yield text(x, bottom + 16, "%g" % 2.0 ** power, text_anchor="middle")


def draw(x_of, groups):
    """The lines of all groups; the last one is where they end."""
    y = 62
    for title, rows in groups:
        yield text(20, y + 16, title, font_weight="bold")
        y += HEADING
        for label, cells in rows:
            yield text(36, y + len(cells) * BAR / 2 + 4, label)
            for i, times in cells:
                yield from bar(x_of, y, COLOURS[i % len(COLOURS)], times)
                y += BAR
            y += GAP
    yield y


def plot(options, brokers, runs):
    groups = [("%s  %s" % (s.key, s.title), list(bars(s, brokers, runs[s.key])))
              for s in options.table if s.key in runs]
    x_of, powers = scale(groups)
    *drawn, bottom = draw(x_of, groups)
    yield '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">' % (
        WIDTH, bottom + 30)
    yield '<rect width="100%" height="100%" fill="white"/>'
    yield from legend(brokers, options)
    yield from axis(x_of, powers, bottom)
    yield from drawn
    yield "</svg>"


def bar(x_of, y, colour, times):
    if not times:
        yield text(x_of(1) + 4, y + 9, "no figure", fill="#999", font_size=9)
        return
    x0, x1 = sorted((x_of(1), x_of(times)))
    yield '<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s"/>' % (x0, y, max(x1 - x0, 1), BAR - 1, colour)
    yield text(max(x1, x_of(1)) + 4, y + 9, show_times(times), font_size=9)


def write_report(options, brokers, runs, rows=None):
    """`rows`: of instructions.py, if they were counted."""
    os.makedirs(options.report, exist_ok=True)
    lines = [*head(options, brokers, runs), *table(options, brokers, runs), *faults(options, brokers, runs), "",
             "![Times better](report.svg)", *(counted(rows) if rows else ())]
    for name, content in (("report.md", "\n".join(lines)), ("report.svg", "\n".join(plot(options, brokers, runs))),
                          ("runs.json", json.dumps(runs, indent=1))):
        with open(os.path.join(options.report, name), "w", encoding="utf-8") as file:
            file.write(content + "\n")
