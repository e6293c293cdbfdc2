"""
What an institution may not say of its own accord, by what its own node alone knows.

Both nodes judge a statement alike, so by nothing that one of them cannot know: the facts behind a
decision, whether the other one has decided anew meanwhile, and what an institution has acknowledged
to others. These are held against it here, where it hands the statement in, and never against a
peer's.
"""

from typing import NoReturn

from portability.core.money import Money
from portability.errors import InvalidInputError
from portability.node.cases.loading import LoadedCase
from portability.node.log.write import Write
from portability.node.settlement.accounts import Accounts, key_of
from portability.node.settlement.grounds import CaseGrounds
from portability.recognition.progress import progress
from portability.recognition.statements import Determination
from portability.settlement.account import Account, accepted_by
from portability.settlement.arrears import Deduction, left_for
from portability.settlement.statements import (
    ClaimAnswer,
    ClaimLine,
    RefundClaim,
    RefundKind,
    SettlementStatement,
)
from portability.store import settlement as stored


class OwnSide:
    """Checks what is handed in at this node, once it is in its account."""

    def __init__(self, *, jurisdiction: str, accounts: Accounts) -> None:
        self._jurisdiction = jurisdiction
        self._accounts = accounts

    async def check(self, write: Write, said: SettlementStatement) -> None:
        """Raise InvalidInputError naming the line, with what it can be at most."""
        if isinstance(said, RefundClaim):
            await self._check_counterparts(write, said)
            amounts = {line.number: line.minor for line in said.lines}
            await self._check_concerned(write, said, amounts, by_debtor=False)
        elif isinstance(said, ClaimAnswer):
            claim_id = said.header.predecessors[0]
            claim = (await self._account(write, claim_id)).of_kind(RefundClaim)[claim_id]
            await self._check_concerned(write, claim, accepted_by(claim, said), by_debtor=True)
            for line in claim.lines:
                if line.kind is RefundKind.OVERPAYMENT:
                    await self._check_arrears(write, claim_id, line)

    async def _check_counterparts(self, write: Write, claim: RefundClaim) -> None:
        """
        A claim names what the debtor decided last, as far as its creditor's node knows.

        The debtor's node takes one that crossed a newer decision all the same: its months are
        taken, and refused they could never be claimed again. The debtor disputes it
        (``decision-replaced``).
        """
        grounds = await self._reader(write).of_claim(claim, write.statements)
        for line in claim.lines:
            if line.counterpart and line.counterpart not in grounds[line.number].standing:
                raise InvalidInputError(
                    f"line {line.number} names a decision of the debtor that another one has "
                    "replaced; claim on that",
                    field="counterpart",
                    line=str(line.number),
                )

    async def _check_concerned(
        self, write: Write, claim: RefundClaim, amounts: dict[int, int], *, by_debtor: bool
    ) -> None:
        """Half of family benefits is owed for the members concerned alone (987/2009 Art 58)."""
        own = claim.debtor if by_debtor else claim.creditor
        grounds = await self._reader(write).of_claim(claim, write.statements, own=own)
        for line in claim.lines:
            ground = grounds.get(line.number)
            if ground is None or ground.concerned is None:
                continue
            most = ground.concerned.minor * line.months
            if amounts[line.number] > most:
                _refuse(
                    line,
                    f"comes to {_money(amounts[line.number], claim)}, and by the facts of the own "
                    f"decision {_money(most, claim)} are owed for the family members concerned "
                    "(987/2009 Art 58)",
                    by_debtor=by_debtor,
                )

    async def _check_arrears(self, write: Write, claim_id: bytes, line: ClaimLine) -> None:
        """What is acknowledged to several creditors is within the arrears (987/2009 Art 72)."""
        found = await self._deductions(write, line.case_id)
        asked = next((one for i, one in found if i == claim_id and one.line == line), None)
        if asked is None:
            return
        debtor = asked.claim.debtor
        others = [one for i, one in found if i != claim_id and one.claim.debtor == debtor]
        most = left_for(asked, others)
        if asked.minor > most:
            _refuse(
                line,
                f"is acknowledged with {_money(asked.minor, asked.claim)}, and beside what other "
                f"institutions were acknowledged {_money(most, asked.claim)} of the arrears are "
                "left (987/2009 Art 72(2))",
                by_debtor=True,
            )

    async def _deductions(self, write: Write, case_id: str) -> list[tuple[bytes, Deduction]]:
        """
        What is acknowledged of arrears in a case, each with the claim it answers; none where the
        decisions are here no more. What is owed is by the debtor's decision in force, which may
        have replaced the one that a claim names.
        """
        loaded = await self._reader(write).load(case_id, write.statements)
        if loaded is None:
            return []
        kind, standing = RefundKind.OVERPAYMENT, progress(loaded.case).standing
        found = []
        for i in await stored.find_claims(write.connection, kind=kind.value, case_id=case_id):
            claimed = (await self._account(write, i)).claims[i]
            for line in claimed.claim.lines:
                named = _payable(loaded, line.counterpart)
                owed = _payable(loaded, standing.get(claimed.claim.debtor, b"")) or named
                if named is not None and owed is not None and owed.currency != named.currency:
                    owed = named  # the claim has no rate for another one
                minor = claimed.accepted.get(line.number, 0)
                if (line.kind, line.case_id) == (kind, case_id) and owed is not None:
                    one = Deduction(claim=claimed.claim, line=line, minor=minor, arrears=owed)
                    found.append((i, one))
        return found

    async def _account(self, write: Write, statement_id: bytes) -> Account:
        row = await stored.find_statement(write.connection, statement_id)
        if row is None:
            raise InvalidInputError("the claim is not here; send that first", field="predecessors")
        key = key_of(row.place)
        return await self._accounts.load(
            write.connection, write.vault, key, pending=write.statements
        )

    def _reader(self, write: Write) -> CaseGrounds:
        return CaseGrounds(
            jurisdiction=self._jurisdiction, connection=write.connection, vault=write.vault
        )


def _payable(loaded: LoadedCase, decision: bytes) -> Money | None:
    """What a decision pays a month; None where it is not here, or says nothing of that."""
    found = loaded.case.accepted.get(decision)
    return found.payable if isinstance(found, Determination) else None


def _money(minor: int, claim: RefundClaim) -> Money:
    return Money(minor=minor, currency=claim.currency)


def _refuse(line: ClaimLine, why: str, *, by_debtor: bool) -> NoReturn:
    step = "dispute the line and accept no more" if by_debtor else "claim no more than that"
    raise InvalidInputError(
        f"line {line.number} {why}; {step}", field="minor", line=str(line.number)
    )
