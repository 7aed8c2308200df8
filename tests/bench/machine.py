# SPDX-License-Identifier: Apache-2.0
"""machine.py - what is measured on, and whether it was ours alone"""
import os
import platform
import resource
import time

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30


def describe():
    return "%d cores (%s), %.3g GiB of memory, Linux %s, %s" % (
        len(os.sched_getaffinity(0)), processor(), memory_gib(), platform.release(), " ".join(platform.libc_ver()))


class Others:
    """In a `with`, how many cores everybody else used: `cores`. Our children must have ended when it is left."""

    def __enter__(self):
        self.before = self.look()
        return self

    def __exit__(self, *_):
        elapsed, busy, ours = (now - before for now, before in zip(self.look(), self.before))
        self.cores = max(0.0, busy - ours) / elapsed

    def look(self):
        """The time, and the seconds of CPU that all and that we have used so far. Interrupts are nobody's."""
        with open("/proc/stat", encoding="utf-8") as file:
            user, nice, system, _, _, _, _, stolen = (int(n) for n in file.readline().split()[1:9])
        ours = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return time.monotonic(), (user + nice + system + stolen) / TICKS_PER_S, ours
