"""
A process whose file operations wait for a word from this one, by the kernel's own means.

The child installs a seccomp filter that hands every listed system call to us before it happens
(``SECCOMP_RET_USER_NOTIF``); we let it happen, answer with an error in its place, or kill the
process there. Threads of the child are under the filter, too, and calls arrive in one order.
Sources: man 2 seccomp, man 2 seccomp_unotify; numbers from the kernel's syscall tables.
"""

import ctypes
import errno
import fcntl
import os
import platform
import select
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

_X86_64: Final = {
    "read": 0, "write": 1, "open": 2, "fstat": 5, "mmap": 9, "pread64": 17, "pwrite64": 18,
    "fcntl": 72, "fsync": 74, "fdatasync": 75, "ftruncate": 77, "rename": 82, "mkdir": 83,
    "link": 86, "unlink": 87, "openat": 257, "newfstatat": 262, "unlinkat": 263, "renameat": 264,
    "linkat": 265, "fallocate": 285, "renameat2": 316,
}  # fmt: skip
_AARCH64: Final = {
    "fcntl": 25, "mkdirat": 34, "unlinkat": 35, "linkat": 37, "renameat": 38, "ftruncate": 46,
    "fallocate": 47, "openat": 56, "read": 63, "write": 64, "pread64": 67, "pwrite64": 68,
    "newfstatat": 79, "fstat": 80, "fsync": 82, "fdatasync": 83, "mmap": 222, "renameat2": 276,
}  # fmt: skip
_MACHINES: Final = {
    "x86_64": (0xC000003E, 317, _X86_64),
    "aarch64": (0xC00000B7, 277, _AARCH64),
}
"""Machine: (AUDIT_ARCH, number of seccomp, numbers of the calls)."""

_BY_PATH: Final = {
    "open": 0, "rename": 0, "mkdir": 0, "link": 0, "unlink": 0, "openat": 1, "newfstatat": 1,
    "unlinkat": 1, "linkat": 1, "renameat": 1, "mkdirat": 1, "renameat2": 1,
}  # fmt: skip
"""Which argument is the path; of all others the first is a descriptor, except of mmap."""
_MMAP_DESCRIPTOR: Final = 4
_LONGEST_PATH: Final = 4096
_LOCKING: Final = (fcntl.F_SETLK, fcntl.F_SETLKW)

_PR_SET_NO_NEW_PRIVS: Final = 38
_SET_MODE_FILTER: Final = 1
_NEW_LISTENER: Final = 1 << 3
_RET_ALLOW: Final = 0x7FFF0000
_RET_USER_NOTIF: Final = 0x7FC00000
_LOAD_WORD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_RECEIVE: Final = 0xC0502100
_SEND: Final = 0xC0182101
_CONTINUE: Final = 1
_NOTIFICATION: Final = struct.Struct("=QIIiIQ6Q")
_ANSWER: Final = struct.Struct("=QqiI")


class FileCall(NamedTuple):
    """One system call on one file, before it happens."""

    name: str
    path: str


Verdict = Callable[[FileCall], int]
"""0: let it happen; another number: this errno in its place. It may also kill the process."""


def why_not_here() -> str:
    """Why this machine cannot do it; empty where it can."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return "file operations are intercepted by the Linux kernel on x86-64 and ARM only"
    return ""


def hand_over_file_calls() -> int:
    """In the child, before it has threads: install the filter; the descriptor to listen on."""
    architecture, seccomp, numbers = _MACHINES[platform.machine()]
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = sorted(numbers.values())
    code = [(_LOAD_WORD, 0, 0, 4), (_JUMP_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _RET_ALLOW)]
    code.append((_LOAD_WORD, 0, 0, 0))
    for at, number in enumerate(wanted):
        code.append((_JUMP_EQUAL, len(wanted) - at, 0, number))
    code += [(_RETURN, 0, 0, _RET_ALLOW), (_RETURN, 0, 0, _RET_USER_NOTIF)]
    text = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in code))
    program = struct.pack("@HP", len(code), ctypes.addressof(text))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    found: int = libc.syscall(seccomp, _SET_MODE_FILTER, _NEW_LISTENER, program)
    if found < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return found


def supervise(listener: int, folder: Path, verdict: Verdict) -> None:
    """Answer the child's calls until it has ended; ask about those on files under ``folder``."""
    _, _, numbers = _MACHINES[platform.machine()]
    names = {number: name for name, number in numbers.items()}
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    while True:
        ((_, event),) = waiting.poll()
        if not event & select.POLLIN:
            return
        buffer = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(listener, _RECEIVE, buffer)
        except OSError as error:
            if error.errno in (errno.EINTR, errno.ENOENT):
                continue  # the thread has ended meanwhile
            raise
        name, thread, _, number, _, _, *arguments = _NOTIFICATION.unpack(buffer)
        call = FileCall(names[number], _path(thread, names[number], arguments))
        refused = verdict(call) if call.path.startswith(f"{folder}/") else 0
        answer = _ANSWER.pack(name, 0, -refused, 0 if refused else _CONTINUE)
        with suppress(FileNotFoundError):  # ENOENT: it was killed while it waited
            fcntl.ioctl(listener, _SEND, bytearray(answer))


def _path(thread: int, name: str, arguments: list[int]) -> str:
    """The file of a call; empty for what is none."""
    with suppress(OSError):
        if name in _BY_PATH:
            return _text(thread, arguments[_BY_PATH[name]])
        if name == "fcntl" and not _takes_a_lock(thread, arguments):
            return ""
        descriptor = arguments[_MMAP_DESCRIPTOR if name == "mmap" else 0] & 0xFFFFFFFF
        return str(Path(f"/proc/{thread}/fd/{descriptor}").readlink())
    return ""


def _takes_a_lock(thread: int, arguments: list[int]) -> bool:
    """Giving one back cannot fail, and whatever else it does is no operation on the file."""
    if arguments[1] not in _LOCKING:
        return False
    memory = os.open(f"/proc/{thread}/mem", os.O_RDONLY)
    try:
        (kind,) = struct.unpack("=h", os.pread(memory, 2, arguments[2]))
    finally:
        os.close(memory)
    return bool(kind != fcntl.F_UNLCK)


def _text(thread: int, address: int) -> str:
    memory = os.open(f"/proc/{thread}/mem", os.O_RDONLY)
    try:
        page_end = 4096 - address % 4096  # what is behind may not be mapped
        found = os.pread(memory, page_end, address)
        if b"\0" not in found:
            found += os.pread(memory, _LONGEST_PATH, address + page_end)
    finally:
        os.close(memory)
    return os.fsdecode(found.partition(b"\0")[0])
