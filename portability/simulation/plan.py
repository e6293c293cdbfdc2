"""What one simulated case is about: who takes part, with which keys, records and terms."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

from portability.agreements import pack_source
from portability.consent.scope import Party
from portability.core.agreement import Pack
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.ledger.keys import Ed25519Signer
from portability.recognition.case import Terms
from portability.recognition.statements import Claim

AGREEMENT: Final = "eu-883-2004"
AWARD: Final = date(2026, 2, 1)
EPOCH: Final = datetime(2026, 3, 2, tzinfo=UTC)
TICK: Final = timedelta(hours=6)
"""How much time passes between two steps of the scheduler."""

CODES: Final = ("ES", "FR", "PL", "DE", "IT", "PT", "NL")
MAX_RECORDS: Final = 4
TERMS: Final = Terms(
    answer=timedelta(days=5),
    interval=timedelta(days=3),
    reminders=2,
    provisional=timedelta(days=20),
)

Records = Mapping[bytes, Period]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    One case. ``postponing`` jurisdictions first announce their answer; ``liar`` is the one that
    does not keep to the protocol, and ``lie`` how, both empty in most cases.
    """

    case_id: str
    claim: Claim
    signers: Mapping[Party, Ed25519Signer]
    records: Mapping[Party, Records]
    references: Mapping[str, str]
    postponing: frozenset[str]
    liar: str = ""
    lie: str = ""

    def honest(self) -> "Plan":
        """The same case in which nobody lies."""
        return replace(self, liar="", lie="")

    def institutions(self, jurisdiction: str) -> tuple[Party, ...]:
        return tuple(one for one in self.claim.parties if one.jurisdiction == jurisdiction)


@lru_cache(maxsize=1)
def pack() -> Pack:
    return parse_pack(pack_source(AGREEMENT), AGREEMENT)


@lru_cache(maxsize=1)
def _version() -> str:
    return pack().rules_on(AWARD).version


OMITS: Final = "omits-a-record"
CONTRADICTION: Final = "signs-two-histories"
REPLAYS: Final = "replays"
UNPERMITTED: Final = "answers-without-permission"
ANOTHER_DIGEST: Final = "countersigns-another-digest"
FORGES: Final = "forges-a-signature"
LEAVES_OUT: Final = "leaves-an-input-out"
LIES: Final = (
    OMITS,
    CONTRADICTION,
    REPLAYS,
    UNPERMITTED,
    ANOTHER_DIGEST,
    FORGES,
    LEAVES_OUT,
)
"""What a peer that lies may do; the last one as the lead."""


COUNTRIES: Final = (2, 2, 2, 3, 3, 4, 5, 6, 7)
"""How many countries take part in a case; each number as often as it is here."""


def draw_plan(chance: random.Random, countries: Sequence[int] = COUNTRIES) -> Plan:
    """Two to seven countries, some with two institutions; one in three cases holds a liar."""
    codes = CODES[: chance.choice(countries)]
    parties = tuple(
        Party(jurisdiction=code, institution=name)
        for code in codes
        for name in ("first", "second")[: 1 + (chance.random() < 0.15)]  # noqa: PLR2004
    )
    lie = chance.choice(LIES) if chance.random() < 1 / 3 else ""
    liar = codes[0] if lie == LEAVES_OUT else chance.choice(codes[1:])
    return Plan(
        case_id=chance.randbytes(16).hex(),
        claim=Claim(
            branch=Branch.OLD_AGE,
            agreement=AGREEMENT,
            agreement_version=_version(),
            claim_date=date(2026, 1, 15),
            award_date=AWARD,
            parties=parties,
        ),
        signers={holder: signer_of(holder) for one in parties for holder in (one, one.node)},
        records={one: _draw_records(one, chance) for one in parties},
        references={code: chance.randbytes(32).hex() for code in codes},
        postponing=frozenset(code for code in codes[1:] if chance.random() < 0.1),  # noqa: PLR2004
        liar=liar if lie else "",
        lie=lie,
    )


@lru_cache(maxsize=64)
def signer_of(holder: Party) -> Ed25519Signer:
    return Ed25519Signer(sha256(str(holder).encode()).digest())


def _draw_records(holder: Party, chance: random.Random) -> dict[bytes, Period]:
    found = (draw_record(holder, chance) for _ in range(chance.randint(0, MAX_RECORDS)))
    return dict(found)


def draw_record(holder: Party, chance: random.Random) -> tuple[bytes, Period]:
    """A record with its id; some of them overlap."""
    record_id = chance.randbytes(32)
    first = chance.randint(1970, 2020)
    years = chance.randint(1, 5)
    kinds = (PeriodType.COMPULSORY_EMPLOYED, PeriodType.VOLUNTARY, PeriodType.EQUIVALENT)
    return record_id, Period(
        id=record_id.hex(),
        jurisdiction=holder.jurisdiction,
        institution=holder.institution,
        type=chance.choice(kinds),
        start=date(first, 1, 1),
        end=date(first + years - 1, 12, 31),
        declared=Duration(years=years),
    )
