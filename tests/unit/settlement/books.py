"""Two institutions, their decisions, and what they say to each other about money."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

from portability.agreements import pack_source
from portability.consent.scope import Party
from portability.core.money import Money
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch
from portability.ledger.envelope import statement_id
from portability.recognition.statements import Claim, Determination, Header
from portability.settlement.account import Account, account_key
from portability.settlement.admission import admit, netting_sums
from portability.settlement.advice import advice_digest
from portability.settlement.limits import Ground
from portability.settlement.statements import (
    ClaimAnswer,
    ClaimConcession,
    ClaimLine,
    DisputeReason,
    LineDispute,
    Netting,
    NettingAgreement,
    PaymentAdvice,
    PaymentReceipt,
    RefundClaim,
    RefundKind,
    SettlementSaid,
    SettlementStatement,
)
from portability.wire.settlement import (
    settlement_statement_from_payload,
    settlement_statement_to_payload,
    settlement_statement_type,
)

SPAIN: Final = Party(jurisdiction="ES", institution="sepe")
FRANCE: Final = Party(jurisdiction="FR", institution="france-travail")
PACK: Final = parse_pack(pack_source("eu-883-2004"), "eu-883-2004.toml")
START: Final = datetime(2026, 5, 4, 9, tzinfo=UTC)
AWARD: Final = date(2026, 1, 1)
KEY: Final = account_key(SPAIN, FRANCE, "EUR")
HALVED: Final = ("883/2004 Art 68(1)(b)(i)", "987/2009 Art 58")
"""What the decisions of both states rest on where one refunds half of family benefits."""


def eur(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


def id_of(text: str) -> bytes:
    return sha256(text.encode()).digest()


def header(sender: Party, *predecessors: bytes, at: datetime = START) -> Header:
    return Header(
        salt=id_of(f"{sender}{at}{predecessors}"),
        case_id="",
        sender=sender,
        created=at,
        predecessors=predecessors,
    )


def decided(sender: Party, payable: int, **changes: Any) -> Determination:
    base = Determination(
        header=replace(header(sender, id_of("result")), case_id="0" * 32),
        unit="months",
        own=12,
        total=24,
        meets_minimum_alone=True,
        meets_minimum=True,
        independent=None,
        theoretical=None,
        pro_rata=None,
        payable=eur(payable),
        paid_as="independent",
        basis=("883/2004 Art 65(5)(a)",),
    )
    return replace(base, **changes)


def case_of(branch: Branch, *parties: Party) -> Claim:
    return Claim(
        branch=branch,
        agreement="eu-883-2004",
        agreement_version="2012-06-28",
        claim_date=AWARD,
        award_date=AWARD,
        parties=parties or (SPAIN, FRANCE),
    )


def unemployed(
    payable: int = 100_000, own: int = 120_000, worked: int = 6, **changes: Any
) -> Ground:
    """Spain pays a frontier worker; France states what its own law would pay."""
    base = Ground(
        claim=case_of(Branch.UNEMPLOYMENT),
        decision=decided(SPAIN, payable),
        counterpart=decided(FRANCE, 0, independent=eur(own), paid_as="none"),
        standing=frozenset({id_of("decision"), id_of("counterpart")}),
        worked=Fraction(worked),
    )
    return replace(base, **changes)


def line_of(minor: int, **changes: Any) -> ClaimLine:
    base = ClaimLine(
        number=1,
        kind=RefundKind.UNEMPLOYMENT,
        case_id="0" * 32,
        decision=id_of("decision"),
        counterpart=id_of("counterpart"),
        first_month=AWARD,
        months=3,
        minor=minor,
    )
    return replace(base, **changes)


def claim_of(*lines: ClaimLine, at: datetime = START, **changes: Any) -> RefundClaim:
    named = {one for line in lines for one in (line.decision, line.counterpart) if one}
    base = RefundClaim(
        header=header(SPAIN, *sorted(named), at=at),
        debtor=FRANCE,
        agreement="eu-883-2004",
        currency="EUR",
        lines=lines,
    )
    return replace(base, **changes)


def signed(statement: SettlementStatement) -> SettlementSaid:
    """As it comes over the wire: its id is that of its bytes, and they read back the same."""
    kind = settlement_statement_type(statement)
    payload = settlement_statement_to_payload(statement)
    assert settlement_statement_from_payload(kind, payload) == statement
    return SettlementSaid(statement_id=statement_id(kind, payload), statement=statement)


@dataclass
class Books:
    """An account in the making; every statement a minute after the one before."""

    account: Account = field(default_factory=lambda: Account(key=KEY))
    said: list[SettlementSaid] = field(default_factory=list)
    grounds: dict[bytes, dict[int, Ground]] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return START + timedelta(minutes=len(self.said))

    def take(
        self, statement: SettlementStatement, grounds: dict[int, Ground] | None = None
    ) -> bytes:
        one = signed(statement)
        self.account = admit(self.account, one, grounds=grounds or {}, pack=PACK)
        self.grounds[one.statement_id] = grounds or {}
        self.said.append(one)
        return one.statement_id

    def claim(self, creditor: Party, case: str, *amounts: int) -> bytes:
        """One line for each amount, each of one month of a family's half in a case of its own."""
        debtor = KEY.other(creditor)
        ground = Ground(
            claim=case_of(Branch.FAMILY, creditor, debtor),
            decision=decided(creditor, 10**9, basis=HALVED),
            counterpart=decided(debtor, 10**9, basis=HALVED),
            standing=frozenset({id_of("decision"), id_of("counterpart")}),
        )
        lines = tuple(
            line_of(
                minor,
                number=number,
                kind=RefundKind.FAMILY,
                case_id=id_of(f"{creditor}{case}{number}").hex()[:32],
                months=1,
            )
            for number, minor in enumerate(amounts, start=1)
        )
        claim = claim_of(*lines, debtor=debtor)
        claim = replace(claim, header=replace(claim.header, sender=creditor, created=self.now))
        return self.take(claim, {line.number: ground for line in lines})

    def answer(self, claim_id: bytes, *disputes: tuple[int, int], before: bytes = b"") -> bytes:
        """``disputes`` are (line, accepted)."""
        claim = self.account.claims[claim_id].claim
        named = (claim_id, *([before] if before else []))
        return self.take(
            ClaimAnswer(
                header=header(claim.debtor, *named, at=self.now),
                disputes=tuple(
                    LineDispute(
                        line=number,
                        reason=DisputeReason.ABOVE_OWN_LAW,
                        accepted=accepted,
                        detail="Art 65(6)",
                    )
                    for number, accepted in disputes
                ),
            )
        )

    def concede(self, answer_id: bytes) -> bytes:
        answer = self.account.of_kind(ClaimAnswer)[answer_id]
        creditor = self.account.claims[answer.header.predecessors[0]].claim.creditor
        return self.take(ClaimConcession(header=header(creditor, answer_id, at=self.now)))

    def net(self, sender: Party, *claims: bytes, agree: bool = True) -> bytes:
        endings = tuple(sorted(self.account.claims[one].ending for one in claims))
        to_sender, by_sender = netting_sums(self.account, sender, endings)
        i = self.take(
            Netting(
                header=header(sender, *endings, at=self.now),
                counterparty=KEY.other(sender),
                currency="EUR",
                owed_to_sender=to_sender,
                owed_by_sender=by_sender,
            )
        )
        if agree:
            self.agree(i)
        return i

    def agree(self, netting_id: bytes) -> bytes:
        other = self.account.of_kind(Netting)[netting_id].counterparty
        return self.take(NettingAgreement(header=header(other, netting_id, at=self.now)))

    def advise(self, netting_id: bytes, minor: int) -> bytes:
        payer = self.account.of_kind(Netting)[netting_id].payer
        assert payer is not None
        day = date(2026, 6, 1)
        return self.take(
            PaymentAdvice(
                header=header(payer, netting_id, at=self.now),
                minor=minor,
                value_date=day,
                file_digest=advice_digest(self.account, netting_id, minor, day),
            )
        )

    def confirm(self, advice_id: bytes, minor: int) -> bytes:
        payer = self.account.of_kind(PaymentAdvice)[advice_id].header.sender
        return self.take(
            PaymentReceipt(header=header(KEY.other(payer), advice_id, at=self.now), minor=minor)
        )
