"""Become another program, tied to the process that asked for it.

Run as `python -I -S tether.py PARENT SIGNAL USER PROGRAM ARGUMENT…`, with `-` for no change of user. Linux sends
SIGNAL when the parent dies, even of kill -9; other systems only change the user. It is a program and not a
`preexec_fn`, because Python may not run between fork and exec in a process that has threads.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, sign: int, user: str, command: list[str]) -> None:
    libc = ctypes.CDLL(None)
    if user != "-":
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, sign, 0, 0, 0)  # after the change of user, which clears it
        if os.getppid() != parent:  # it died before we could ask
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
