# SPDX-License-Identifier: Apache-2.0
"""confine.py - each thread of a process gets a share of a core, and no more

Where workers and load share the cores, one more worker shows what it costs and not what it gains. A
thread of the deadline scheduler has its share whatever runs beside it, as if there were cores for all,
only slower ones. It takes root.
"""
import ctypes
import errno
import os
import platform
import struct

SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}     # of the system calls
SCHED_DEADLINE, RESET_ON_FORK = 6, 1
PERIOD_NS = 1000000
libc = ctypes.CDLL(None, use_errno=True)


def set_deadline(thread, runtime_ns):
    """struct sched_attr: size, policy, flags, nice, priority, runtime, deadline, period."""
    if platform.machine() not in SCHED_SETATTR:
        raise OSError(errno.ENOSYS, "not known on " + platform.machine())
    attributes = struct.pack("=IIQiIQQQ", 48, SCHED_DEADLINE, RESET_ON_FORK, 0, 0, runtime_ns, PERIOD_NS, PERIOD_NS)
    if libc.syscall(SCHED_SETATTR[platform.machine()], thread, attributes, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def confine(pid, share):
    """EPERM: not root. EBUSY: all shares together are more than the machine has."""
    for thread in os.listdir("/proc/%d/task" % pid):
        set_deadline(int(thread), int(share * PERIOD_NS))
