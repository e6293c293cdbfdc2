"""What the shipped agreements let institutions tell each other, on a day."""

from datetime import date
from functools import lru_cache

from portability.agreements import pack_source
from portability.consent.agreement import AgreementScope, scope_on
from portability.core.agreement import Pack
from portability.core.pack_parser import parse_pack


@lru_cache(maxsize=1024)
def shipped_scope(agreement: str, day: date) -> AgreementScope:
    """Raises NoAgreementError for an agreement that is not shipped or not in force on the day."""
    return scope_on(_pack(agreement), day)


@lru_cache(maxsize=64)
def _pack(agreement: str) -> Pack:
    return parse_pack(pack_source(agreement), agreement)
