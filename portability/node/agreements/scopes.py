"""What agreements let institutions tell each other on a day: as shipped, and as signed before."""

from datetime import date
from functools import lru_cache

from portability.agreements import pack_source
from portability.consent.agreement import AgreementScope, scope_on
from portability.core.agreement import Pack
from portability.core.pack_parser import parse_pack
from portability.node.agreements.texts import read_text


@lru_cache(maxsize=1024)
def shipped_scope(agreement: str, day: date) -> AgreementScope:
    """Raises NoAgreementError for an agreement that is not shipped or not in force on the day."""
    return scope_on(_pack(agreement), day)


@lru_cache(maxsize=1024)
def scope_of_text(agreement: str, source: bytes, day: date) -> AgreementScope:
    """By a text that was signed; a case keeps its own. Raises NoAgreementError for the day."""
    return scope_on(read_text(agreement, source), day)


@lru_cache(maxsize=64)
def _pack(agreement: str) -> Pack:
    return parse_pack(pack_source(agreement), agreement)
