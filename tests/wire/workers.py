#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""workers.py - how many workers turn at the same time, where there are fewer cores than workers"""
import os
import subprocess

from lib.daemon import BUILD, Daemon
from lib.tap import PATIENCE, run, skip, test, within
from lib.wait import wait_until


class Talkative(Daemon):
    def start(self):
        return self.spawn(["--debug=crew"]).await_ready()


def keep_to_one_core(daemon):
    core = min(os.sched_getaffinity(0))
    for thread in os.listdir("/proc/%d/task" % daemon.process.pid):
        try:
            os.sched_setaffinity(int(thread), {core})
        except PermissionError as error:
            skip("threads cannot be kept to a core here: %s" % error)


def load(daemon):
    """Of a second, and nothing may be lost or out of order."""
    bench = [os.path.join(BUILD, "vibemq-bench"), "-a", "%s:%d" % daemon.addresses[0]]
    done = subprocess.run([*bench, "fan-out", "-P", "4", "-S", "100", "-q", "1", "-w", "4", "-d", "1", "--warmup", "0"],
                          capture_output=True, text=True, timeout=60 * PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@test
@within(120)
def workers_that_share_a_core_take_turns_and_all_turn_again_when_there_is_little_to_do():
    with Talkative({"workers": 3}) as daemon:
        keep_to_one_core(daemon)
        while not daemon.logged("crew: 1 of 3 workers turn at a time"):
            load(daemon)
        client = daemon.client()
        wait_until(lambda: client.pinged() or daemon.log().rstrip().endswith("3 of 3 workers turn at a time"), 20,
                   daemon.log)


run()
