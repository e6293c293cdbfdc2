"""
Passphrases and PINs: from an environment variable or a file descriptor, never from a command line
or a configuration.

A source is written `env:NAME` or `fd:NUMBER`. A pipe can be read once only, so what it gave is kept
for as long as the process lives.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, NoReturn

from portability.errors import ConfigurationError

MAX_BYTES: Final = 1024
MIN_BYTES: Final = 16
"""Of a passphrase that protects a file, which a thief can try as often as he likes."""

_SOURCE: Final = re.compile(r"env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|fd:(?P<number>[0-9]{1,4})")

Pipe = tuple[int, int, int]
"""Descriptor, device and inode: the same pipe, and not another under the same number."""


@dataclass(frozen=True, slots=True)
class SecretSource:
    """`env:NAME` or `fd:NUMBER`; says where a secret is, and holds none."""

    text: str

    def __post_init__(self) -> None:
        if not _SOURCE.fullmatch(self.text):
            raise ConfigurationError(
                "a passphrase or PIN is named by its place, env:NAME or fd:NUMBER, and is never "
                "written down itself",
                field="passphrase",
            )


class Secrets:
    """Reads secrets from their places, each pipe once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._pipes: dict[Pipe, bytes] = {}

    def read(self, source: SecretSource) -> bytes:
        """The secret without a final newline. Raises ConfigurationError for one that is missing."""
        match = _SOURCE.fullmatch(source.text)
        if match is None:
            raise RuntimeError("a source is checked when it is made")
        name = match["name"]
        if name is not None:
            found = self._environment.get(name, "").encode("utf-8", "surrogateescape")
        else:
            found = self._from_descriptor(int(match["number"]), source)
        found = found.removesuffix(b"\n")
        if not found:
            _refuse(source, "is not set or empty; give the passphrase there and start again")
        if len(found) > MAX_BYTES:
            _refuse(source, f"holds more than {MAX_BYTES} bytes, which no passphrase has")
        return found

    def _from_descriptor(self, number: int, source: SecretSource) -> bytes:
        try:
            status = os.fstat(number)
            if stat.S_ISREG(status.st_mode):
                return os.pread(number, MAX_BYTES + 2, 0)
            pipe = (number, status.st_dev, status.st_ino)
            if pipe not in self._pipes:
                self._pipes[pipe] = _read_all(number)
            return self._pipes[pipe]
        except OSError as error:
            _refuse(source, f"cannot be read ({error.strerror}); open it for this command")


@cache
def process_secrets() -> Secrets:
    """Those of this process: its environment and its descriptors."""
    return Secrets(os.environ)


def _read_all(number: int) -> bytes:
    found = b""
    while len(found) <= MAX_BYTES + 1 and (piece := os.read(number, MAX_BYTES + 2)):
        found += piece
    return found


def _refuse(source: SecretSource, why: str) -> NoReturn:
    raise ConfigurationError(
        f"the passphrase in {source.text} {why}", field="passphrase", source=source.text
    ) from None
