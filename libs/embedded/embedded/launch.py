"""Become another program that ends with its runner: `python -I -S launch.py RUNNER SIGNAL UID GID COMMAND...`.

A program of its own, and not code that runs between fork and exec: there, in a program with threads, a lock may be held
by a thread that does not exist any more, and the child waits for it for ever.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(runner: int, stop_signal: int, user: int, group: int, command: list[str]) -> None:
    if user >= 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    if sys.platform == "linux":
        # After the change of user, which would undo it. The kernel signals when the thread that started this ends.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, stop_signal)
    if os.getppid() == runner:
        os.execvp(command[0], command)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    who, how, user, group = map(int, sys.argv[1:5])
    main(who, how, user, group, sys.argv[5:])
