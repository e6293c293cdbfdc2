"""What one simulated case is about: who takes part, with which keys and which records."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Final

from portability.agreements import pack_source
from portability.consent.scope import Party
from portability.core.agreement import Pack
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.ledger.keys import Ed25519Signer
from portability.recognition.statements import Claim

AGREEMENT: Final = "eu-883-2004"
AWARD: Final = date(2026, 2, 1)
PLACES: Final = (
    Party(jurisdiction="ES", institution="inss"),
    Party(jurisdiction="FR", institution="cnav"),
    Party(jurisdiction="PL", institution="zus"),
)
MAX_RECORDS: Final = 4
MAX_REFUSALS: Final = 2

Records = Mapping[bytes, Period]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    One case. ``refusals``: how often each jurisdiction refuses before the permission is there.

    ``signers`` are the keys of institutions and nodes.
    """

    case_id: str
    claim: Claim
    signers: Mapping[Party, Ed25519Signer]
    records: Mapping[str, Records]
    refusals: Mapping[str, int]


@lru_cache(maxsize=1)
def pack() -> Pack:
    return parse_pack(pack_source(AGREEMENT), AGREEMENT)


def draw_plan(chance: random.Random) -> Plan:
    """Two or three parties with up to a few records each, some of which overlap."""
    parties = PLACES[: chance.choice((2, 3))]
    return Plan(
        case_id=chance.randbytes(16).hex(),
        claim=Claim(
            branch=Branch.OLD_AGE,
            agreement=AGREEMENT,
            agreement_version=pack().rules_on(AWARD).version,
            claim_date=date(2026, 1, 15),
            award_date=AWARD,
            parties=parties,
        ),
        signers={holder: _signer(holder) for one in parties for holder in (one, one.node)},
        records={one.jurisdiction: _draw_records(one, chance) for one in parties},
        refusals={one.jurisdiction: chance.randint(0, MAX_REFUSALS) for one in parties[1:]},
    )


@lru_cache(maxsize=16)
def _signer(holder: Party) -> Ed25519Signer:
    return Ed25519Signer(sha256(str(holder).encode()).digest())


def _draw_records(holder: Party, chance: random.Random) -> dict[bytes, Period]:
    records: dict[bytes, Period] = {}
    for _ in range(chance.randint(0, MAX_RECORDS)):
        record_id = chance.randbytes(32)
        first = chance.randint(1970, 2020)
        years = chance.randint(1, 5)
        records[record_id] = Period(
            id=record_id.hex(),
            jurisdiction=holder.jurisdiction,
            institution=holder.institution,
            type=chance.choice(
                (PeriodType.COMPULSORY_EMPLOYED, PeriodType.VOLUNTARY, PeriodType.EQUIVALENT)
            ),
            start=date(first, 1, 1),
            end=date(first + years - 1, 12, 31),
            declared=Duration(years=years),
        )
    return records
