"""Texts of agreements by their digest: those that came with this software, and earlier ones."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from portability.agreements import pack_ids, pack_source
from portability.core.agreement import Pack
from portability.core.pack_parser import parse_pack


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementText:
    """A pack as it is signed: its bytes and their SHA-256; ``version`` is the latest in it."""

    agreement: str
    digest: bytes
    source: bytes

    @property
    def pack(self) -> Pack:
        return read_text(self.agreement, self.source)

    @property
    def version(self) -> str:
        return str(self.pack.parameters["version"][-1].value)

    @property
    def parties(self) -> frozenset[str]:
        """Every jurisdiction that is or was a party."""
        return frozenset(
            code
            for dated in self.pack.parameters["parties"]
            if isinstance(dated.value, tuple)
            for code in dated.value
        )


@lru_cache(maxsize=64)
def shipped_text(agreement: str) -> AgreementText:
    """The text that came with this software. Raises NoAgreementError naming the known ids."""
    return text_of(agreement, pack_source(agreement))


def shipped_texts() -> list[AgreementText]:
    """All of them, in order of their ids."""
    return [shipped_text(one) for one in pack_ids()]


def text_of(agreement: str, source: bytes) -> AgreementText:
    return AgreementText(agreement=agreement, digest=hashlib.sha256(source).digest(), source=source)


@lru_cache(maxsize=128)
def read_text(agreement: str, source: bytes) -> Pack:
    """The pack in a text, parsed once."""
    return parse_pack(source, f"{agreement}.toml")


@lru_cache(maxsize=128)
def one_copy(source: bytes) -> bytes:
    """The same text as the same bytes: thousands of cases are under one, and each is kept."""
    return source
