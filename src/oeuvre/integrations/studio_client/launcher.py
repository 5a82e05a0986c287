"""Starts a command that cannot outlive whoever asked for it: ``python launcher.py PARENT_PID COMMAND …``.

Run as a file, in a process of its own, instead of a hook between fork and exec: the worker has threads, and Python code
after their fork may wait for a lock that nobody holds any more. Knows nothing of the rest of the package.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h: the signal to receive when the parent thread ends. It survives exec."""
NICENESS = 10
"""Training takes what pages and streams leave over."""


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above
        sys.exit(f"The process {parent} that asked for this is gone.")
    os.nice(NICENESS)
    os.execvp(command[0], command)  # noqa: S606  (our own list, no shell)


if __name__ == "__main__":
    main()
