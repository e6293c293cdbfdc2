"""What the lines of a claim rest on: signed decisions of cases that this node holds."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from portability.consent.scope import Party
from portability.core.family.refunds import family_refund
from portability.core.money import Money
from portability.core.periods import Branch, Period
from portability.errors import NotFoundError
from portability.node.cases.inputs import as_answered, own_inputs, received_records
from portability.node.cases.loading import LoadedCase, Pending, load_case
from portability.node.cases.stating import facts_of_person
from portability.recognition.progress import Progress, progress
from portability.recognition.statements import Determination, Reconciliation
from portability.settlement.limits import Ground, provisional_before, worked_in
from portability.settlement.statements import ClaimLine, RefundClaim, RefundKind
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.record import count_periods

NO_PENDING: Final[Pending] = {}


class CaseGrounds:
    """Reads cases for claims; what is not here, or not of both institutions, gives no ground."""

    def __init__(self, *, jurisdiction: str, connection: Connection, vault: Vault) -> None:
        self._jurisdiction = jurisdiction
        self._connection = connection
        self._vault = vault

    async def load(self, case_id: str, pending: Pending = NO_PENDING) -> LoadedCase | None:
        """The case; None if it is not here, or was erased."""
        try:
            return await load_case(
                self._connection,
                self._vault,
                own=self._jurisdiction,
                case_id=case_id,
                pending=pending,
            )
        except NotFoundError:
            return None

    async def of_claim(
        self, claim: RefundClaim, pending: Pending = NO_PENDING, *, own: Party | None = None
    ) -> dict[int, Ground]:
        """
        By number the grounds of those lines that have one; with what the institution ``own`` knows
        by the facts of its decision, which the other node cannot know.
        """
        cases = {
            one: await self.load(one, pending)
            for one in dict.fromkeys(line.case_id for line in claim.lines)
        }
        found: dict[int, Ground] = {}
        for line in claim.lines:
            loaded = cases[line.case_id]
            if loaded is None or claim.creditor not in loaded.claim.parties:
                continue
            ground = await self.of_line(loaded, line, claim.debtor, own=own)
            if ground is not None:
                found[line.number] = ground
        return found

    async def of_line(
        self, loaded: LoadedCase, line: ClaimLine, debtor: Party, *, own: Party | None = None
    ) -> Ground | None:
        """What a line rests on in its case; None if it names what the case does not hold."""
        accepted = loaded.case.accepted
        decision = accepted.get(line.decision)
        counterpart = accepted.get(line.counterpart) if line.counterpart else None
        if not isinstance(decision, Determination) or (
            line.counterpart and not isinstance(counterpart, Determination)
        ):
            return None
        earlier, final = provisional_before(decision, accepted)
        view = progress(loaded.case)
        worked, last = Fraction(0), None
        if line.kind is RefundKind.UNEMPLOYMENT and loaded.claim.branch is Branch.UNEMPLOYMENT:
            rules = loaded.pack.rules_on(loaded.claim.award_date)
            periods = await self._agreed(loaded, view)
            worked, last = worked_in(periods, debtor.jurisdiction, rules)
        ground = Ground(
            claim=loaded.claim,
            decision=decision,
            earlier=earlier,
            final=final,
            counterpart=counterpart if isinstance(counterpart, Determination) else None,
            standing=frozenset(view.standing.values()),
            worked=worked,
            last_activity=last,
            pack=loaded.pack,
        )
        if own is None or line.kind is not RefundKind.FAMILY:
            return ground
        return replace(ground, concerned=await self._concerned(loaded, ground, debtor, own))

    async def _concerned(
        self, loaded: LoadedCase, ground: Ground, debtor: Party, own: Party
    ) -> Money | None:
        """What the debtor refunds a month by the facts of the own decision, where they are here."""
        decided = [one for one in (ground.decision, ground.counterpart) if one is not None]
        mine = [one.header for one in decided if one.header.sender == own]
        stated = await facts_of_person(self._connection, self._vault, loaded.row.person)
        behind = next((one for one in stated.values() if any(map(one.is_behind, mine))), None)
        paid = ground.decision.payable
        if behind is None or paid is None or loaded.claim.branch is not Branch.FAMILY:
            return None
        periods = await self._agreed(loaded, progress(loaded.case))
        refund = family_refund(
            periods,
            behind.read(periods).circumstances.facts,
            loaded.pack.rules_on(loaded.claim.award_date),
            by=debtor.jurisdiction,
            to=ground.decision.header.sender.jurisdiction,
        )
        if refund is None:
            return Money(minor=0, currency=paid.currency)
        return refund if refund.currency == paid.currency else None

    async def _agreed(self, loaded: LoadedCase, view: Progress) -> Sequence[Period]:
        """The periods of the result in force, as its parties showed them to each other."""
        result = loaded.case.accepted.get(view.reconciliation_id)
        if not isinstance(result, Reconciliation):
            return ()
        held = await received_records(self._connection, self._vault, loaded)
        own = await own_inputs(self._connection, self._vault, loaded)
        held.update({one.statement_id: one for one in own})
        shown = as_answered(loaded, result.header.predecessors, held)
        records = (shown[one].record for one in result.inputs if one in shown)
        return count_periods(records, loaded.claim.branch).periods
