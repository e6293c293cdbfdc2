"""
A case in which one party signs one thing otherwise than it is, and everybody else is honest.

Each statement goes through the machines of both nodes as it is made, so what is built on a lie is
built only as far as honest machines take it; the gate decides what is released, and a result is
examined before it is countersigned.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from portability.agreements import pack_source
from portability.consent.agreement import CONTRIBUTION_PERIOD_FIELDS, scope_on
from portability.consent.causes import RefusalCause
from portability.consent.gate import Granted, Refused, decide
from portability.consent.payload_types import (
    CONSENT_STATUS_TYPE,
    CONSENT_TYPE,
    RECEIPT_TYPE,
    SUBJECT_KEY_TYPE,
    TEMPLATE_TYPE,
)
from portability.consent.permission import ConsentPermission, DisclosureRequest, Logged, Uses
from portability.consent.receipt import DisclosureReceipt, Release, build_receipt
from portability.consent.scope import Action, Grant, Party
from portability.core.deciding import OwnClaim
from portability.core.deciding import decide as decide_amounts
from portability.core.pack_parser import parse_pack
from portability.core.periods import Period, PeriodType
from portability.core.reconciliation import reconcile
from portability.errors import InvalidInputError, PortabilityError
from portability.ledger.envelope import (
    kind_of,
    sign_envelope,
    statement_id,
)
from portability.recognition.case import (
    AnswerHistory,
    AnswerNotice,
    Case,
    Close,
    Countersign,
    Determine,
    Duty,
    Reconcile,
    Reopen,
    SetAside,
    Summarise,
)
from portability.recognition.claim_withdrawal import claim_withdrawal
from portability.recognition.decision_check import determination_of
from portability.recognition.examination import difference_before_computing, difference_of_results
from portability.recognition.held_back import as_findings
from portability.recognition.identity import IdentityOutcome, IdentityResolution
from portability.recognition.machine import advance
from portability.recognition.places import is_of_its_place
from portability.recognition.progress import progress
from portability.recognition.stated_facts import (
    FACTS_TYPE,
    StatedFacts,
    documents_of,
    read_stated_facts,
    write_stated_facts,
)
from portability.recognition.statements import (
    Claim,
    Closure,
    ClosureReason,
    Correction,
    CorrectionReason,
    Countersignature,
    Dispute,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    NoticeEffect,
    Objection,
    PermissionEnd,
    PermissionEnding,
    Reconciliation,
    Reminder,
    Reopening,
    ReopeningCause,
    Said,
    Step,
    Summary,
)
from portability.recognition.summary import summary_document
from portability.wire.consent import READERS, consent_status_from_payload, consent_status_to_payload
from portability.wire.identity import (
    RESOLUTION_TYPE,
    resolution_from_payload,
    resolution_to_payload,
)
from portability.wire.log_entry import SECONDS_PER_HOUR, log_entry_from_bytes
from portability.wire.receipt import receipt_from_payload, receipt_to_payload
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_from_payload,
    record_to_payload,
    subject_commitment,
)
from portability.wire.statement import (
    STATEMENT_TYPES,
    statement_from_payload,
    statement_to_payload,
    type_of,
)
from tests.unit.agents.rosa_case import (
    CASE_ID,
    CNAV,
    ES,
    FR,
    HOUR,
    INSS,
    KEYS,
    NOW,
    ORIGINS,
    REFERENCE,
    ROSA,
    UUID7,
    RosasCase,
    add_consent,
    claim,
    receipt,
    released_digest,
    withdraw,
)
from tests.unit.agents.two_sides import OTHER, exported

Change = Callable[[Any], Any]

PACK: Final = parse_pack(pack_source("eu-883-2004"), "eu-883-2004.toml")
CLAIM: Final = claim()
TERMS: Final[Any] = PACK.value("exchange_terms_days", date(2025, 1, 1))
LAW: Final[Any] = PACK.value("retention_basis", date(2025, 1, 1))
YEARS: Final = {CNAV: ((2000, 2009), (2010, 2019)), INSS: ((1985, 1994),)}
"""What each country certifies; the last of the French ones is corrected later."""

FACTS: Final = {
    CNAV: b"""
residence = "FR"
[scheme.FR]
unit = "months"
minimum = { years = 15 }
independent = "1200.00 EUR"
theoretical = "1500.00 EUR"
""",
    INSS: b"""
residence = "ES"
[scheme.ES]
unit = "months"
minimum = { years = 15 }
theoretical = "1200.00 EUR"
""",
}


class NobodyReadsItError(Exception):
    """The changed statement cannot be written, or no reader takes it."""


class RefusedError(Exception):
    """An honest party does not go along, so nothing follows."""


class NothingFollowsError(Exception):
    """The story ends here, though nobody has noticed anything."""


class NotTakenError(RefusedError):
    """It is refused as it comes, so no other party has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """
    The statement of a kind that is changed before it is signed: the first, or a later one.

    ``computed``: of a result that is changed, what follows from the change is changed as well.
    """

    kind: str
    change: Change
    nth: int = 0
    computed: bool = False


def readers() -> Mapping[str, tuple[Callable[[bytes], Any], Callable[[Any], bytes]]]:
    """How the payload of each type is read and written."""
    said = {
        name: (
            lambda payload, name=name: statement_from_payload(name, payload),
            statement_to_payload,
        )
        for name in STATEMENT_TYPES
    }
    return {
        **said,
        RECORD_TYPE: (record_from_payload, record_to_payload),
        RECEIPT_TYPE: (receipt_from_payload, receipt_to_payload),
        CONSENT_STATUS_TYPE: (consent_status_from_payload, consent_status_to_payload),
        FACTS_TYPE: (read_stated_facts, write_stated_facts),
        RESOLUTION_TYPE: (resolution_from_payload, resolution_to_payload),
    }


READ: Final = readers()


@dataclass
class LyingCase(RosasCase):
    """Rosa's case with one lie in it; ``lied`` is its id, ``refused`` why nothing follows."""

    lie: Lie | None = None
    lied: bytes = b""
    refused: str = ""
    at_once: bool = False
    machines: dict[str, Case] = field(
        default_factory=lambda: {code: Case(own=code) for code in ("ES", "FR")}
    )
    counted: dict[str, int] = field(default_factory=dict)
    decided: dict[Party, bytes] = field(default_factory=dict)
    held: dict[Party, list[bytes]] = field(default_factory=dict)
    signed: bytes = b""

    def altered(self, kind: str, payload: bytes) -> bytes:
        """The payload as it is signed. Raises NobodyReadsItError."""
        name = kind_of(kind)
        number = self.counted[name] = self.counted.get(name, -1) + 1
        if self.lie is None or (name, number) != (self.lie.kind, self.lie.nth):
            return payload
        read, write = READ[kind]
        try:
            changed = write(self.followed(self.lie.change(read(payload))))
            read(changed)
        except (PortabilityError, ValueError, KeyError) as error:
            raise NobodyReadsItError(str(error)) from None
        if changed == payload:
            raise NobodyReadsItError("it is not written")
        self.lied = statement_id(kind, changed)
        return changed

    def followed(self, said: Any) -> Any:
        """A result is computed anew from what it says that it rests on, unless it lies in that."""
        if not isinstance(said, Reconciliation) or not self.lie or not self.lie.computed:
            return said
        result = self._compute(said.inputs, said.held_back, said.as_of)
        digest = bytes.fromhex(result.digest)
        return replace(said, result=result.signed_text.encode(), digest=digest)

    def log(self, kind: str, payload: bytes, key: str, log: str, **more: Any) -> bytes:
        signed = self.altered(kind, payload)
        found = super().log(kind, signed, key, log, **more)
        if kind in READ:
            self.check_signer(READ[kind][0](signed), key)
        if kind in STATEMENT_TYPES:
            statement = statement_from_payload(kind, signed)
            self.deliver(statement, self.placed[found].index)
            self.hear(found, statement)
            one = self.placed[found]
            leaf = log_entry_from_bytes(one.log.leaves[one.index])
            there = self.logs[OTHER[log]]
            self.came[found] = there.append(one.envelope, leaf.key_id, leaf.accepted_hour)
        return found

    def check_signer(self, said: Any, key: str) -> None:
        """Nobody speaks for another: no node takes that from anybody. Raises NotTakenError."""
        match said:
            case EntitlementRecord():
                sender = said.issuer
            case DisclosureReceipt():
                sender = said.provider.node
            case StatedFacts() | IdentityResolution():
                sender = said.institution
            case _:
                sender = said.header.sender
        node = f"{sender.jurisdiction} node"
        if key != (sender.institution or node) and (key, node) != ("rosa", "ES node"):
            raise NotTakenError(f"the node: {key} signs for {sender}")

    def deliver(self, statement: Any, index: int) -> None:
        """What a node looks at before any machine does. Raises NotTakenError."""
        if isinstance(statement, HistoryResponse):
            where = statement.log_origin, statement.tree_size, index, ORIGINS["FR"]
            if statement.log_origin and not is_of_its_place(*where, self.directory):
                raise NotTakenError("the node: the answer is not complete up to itself")
        text = sha256(pack_source("eu-883-2004")).digest()
        if isinstance(statement, HistoryRequest) and statement.text not in {b"", text}:
            raise NotTakenError("the node: it has no such text of the agreement")

    def must(self, code: str, kind: type[Duty]) -> None:
        """Nobody does what their machine does not ask for. Raises RefusedError."""
        if not any(isinstance(one, kind) for one in progress(self.machines[code]).duties):
            raise RefusedError(f"{code}: there is nothing to {kind.__name__}")

    def hear(self, i: bytes, statement: Any) -> None:
        """Both machines take it. Raises NotTakenError; a lie stands alone then."""
        for code, case in self.machines.items():
            try:
                after, effects = advance(case, Said(statement_id=i, statement=statement))
            except InvalidInputError as error:
                raise NotTakenError(f"{code}: {error.message}") from None
            aside = [one.cause for one in effects if isinstance(one, SetAside)]
            if aside or after.waiting:
                raise NotTakenError(f"{code}: {aside[0] if aside else 'it waits for ever'}")
            self.machines[code] = after

    @property
    def claim(self) -> Claim:
        """What the case is about, as its first request says."""
        found = self.machines["ES"].claim
        assert found is not None
        return found

    def content(self, i: bytes) -> Any:
        envelope = self.placed[i].envelope
        return READ[envelope.payload_type][0](envelope.payload)

    # --- the honest steps, each on what was signed before ---

    def ask(self) -> None:
        """Records, the consent and its status, the request, and what it was answered by then."""
        self.held = {
            party: [self.certify(party, *span) for span in spans] for party, spans in YEARS.items()
        }
        self.consent = add_consent(self)
        ((i, envelope),) = self.unlogged.items()
        del self.unlogged[i]
        payload = self.altered(CONSENT_STATUS_TYPE, envelope.payload)
        self.status = sign_envelope(CONSENT_STATUS_TYPE, payload, KEYS["ES node"])
        self.unlogged[statement_id(CONSENT_STATUS_TYPE, payload)] = self.status
        request = HistoryRequest(
            header=self.header(INSS),
            recipient=CNAV,
            person_reference=REFERENCE,
            claim=CLAIM,
            permission=self.consent,
            purpose="claim-old-age",
            datatypes=("contribution-period",),
            fields=CONTRIBUTION_PERIOD_FIELDS,
            from_date=date(1960, 1, 1),
            to_date=date(2024, 12, 31),
        )
        self.request = self.say(request, "inss")

    def certify(self, party: Party, first: int, last: int, supersedes: bytes = b"") -> bytes:
        """A record of whole calendar years."""
        salt, code = self.salt(), party.jurisdiction
        record = EntitlementRecord(
            salt=salt,
            subject_commitment=subject_commitment(salt, ROSA[code]),
            jurisdiction=code,
            institution=party.institution,
            issue_date=NOW.date(),
            supersedes=supersedes,
            content=Period(
                id="a record",
                jurisdiction=code,
                type=PeriodType.COMPULSORY_EMPLOYED,
                start=date(first, 1, 1),
                end=date(last, 12, 31),
            ),
        )
        return self.log(RECORD_TYPE, record_to_payload(record), party.institution, code)

    def remind(self, step: Step, about: bytes, to: Party) -> None:
        """Once the term of the agreement is over."""
        due = NOW + timedelta(days=TERMS["answer"])
        header = replace(self.header(ES, about), created=due)
        said = Reminder(header=header, recipient=to, step=step, number=1, due=due.date())
        hour = int(due.timestamp()) // SECONDS_PER_HOUR
        self.log(type_of(said), statement_to_payload(said), "ES node", "ES", hour=hour)

    def resolve(self) -> None:
        """An officer of the institution that was asked says whom the request means."""
        salt = self.salt()
        word = IdentityResolution(
            salt=salt,
            institution=CNAV,
            request=self.request,
            outcome=IdentityOutcome.MATCHED,
            subject_commitment=subject_commitment(salt, ROSA["FR"]),
            basis="documents",
            created=NOW,
        )
        self.log(RESOLUTION_TYPE, resolution_to_payload(word), "cnav", "FR")

    def decide_release(
        self, asked: DisclosureRequest, request: HistoryRequest
    ) -> Granted | Refused:
        """The gate of France, with all that came with the request."""
        if request.claim != CLAIM:  # whom it is under no agreement with, or about another day
            try:
                scope_on(PACK, request.claim.award_date)
            except PortabilityError as error:
                raise RefusedError(f"the node: {error.message}") from None
        return decide(
            permission=self._permission(request.permission),
            request=asked,
            agreement=scope_on(PACK, request.claim.award_date),
            directory=self.directory,
            now=NOW,
            uses=Uses(),
            references={("ES", REFERENCE): ROSA["FR"]},
            readers=READERS,
        )

    def _permission(self, named: bytes) -> ConsentPermission | None:
        if named != self.consent:
            return None

        def logged(kind: str) -> Logged:
            (one,) = (one for one in self.placed.values() if one.envelope.payload_type == kind)
            return Logged(envelope=one.envelope, accepted_at=NOW.replace(minute=0))

        return ConsentPermission(
            home_node="ES",
            consent=logged(CONSENT_TYPE),
            key_record=logged(SUBJECT_KEY_TYPE),
            template=logged(TEMPLATE_TYPE),
            status=self.status,
        )

    def answer(self) -> None:
        """Receipt and answer, as the gate of France decides."""
        self.must("FR", AnswerHistory)
        request: HistoryRequest = self.content(self.request)
        asked = DisclosureRequest(
            statement=self.request,
            key_id=KEYS["inss"].key_id,
            peer="ES",
            requester=request.header.sender,
            provider=request.recipient,
            person_reference=request.person_reference,
            purpose=request.purpose,
            agreement=request.claim.agreement,
            agreement_version=request.claim.agreement_version,
            asked=Grant(
                branches=(request.claim.branch,),
                datatypes=request.datatypes,
                actions=(Action.STORE,),
                fields=request.fields,
                from_date=request.from_date,
                to_date=request.to_date,
            ),
            case_id=request.header.case_id,
            received_at=NOW,
        )
        decision = self.decide_release(asked, request)
        header = self.header(FR, self.request)
        is_granted = isinstance(decision, Granted)
        shown = [i for i in self.held[CNAV] if is_granted and self._may_leave(i, decision)]
        if isinstance(decision, Granted) and not shown:
            decision = Refused(
                cause=RefusalCause.FIELD_OUTSIDE,
                permission_id=decision.permission_id,
                status_version=decision.status_version,
            )
            is_granted = False
        digest = released_digest(self, header.salt, shown)
        left = build_receipt(
            asked,
            decision,
            release=Release(record_count=len(shown), payload_digest=digest) if is_granted else None,
            permission=request.permission,
            receipt_id=UUID7,
            salt=self.salt(),
            now=NOW,
        )
        self.log(RECEIPT_TYPE, receipt_to_payload(left), "FR node", "FR")
        partial = isinstance(decision, Granted) and decision.partial
        fields = decision.fields if isinstance(decision, Granted) and partial else ()
        outcome = HistoryOutcome.RECORDS if shown else HistoryOutcome.REFUSED
        response = HistoryResponse(
            header=header,
            outcome=outcome,
            records=tuple(shown),
            not_before=None,
            log_origin=ORIGINS["FR"] if shown else "",
            tree_size=len(self.logs["FR"].leaves) if shown else 0,
            granted_fields=fields if shown else (),
            payload_digest=digest if shown else b"",
        )
        self.response = self.say(response, "FR node")
        if outcome is HistoryOutcome.REFUSED:
            raise RefusedError("FR: the gate refuses")

    def _may_leave(self, i: bytes, decision: Any) -> bool:
        record = self.content(i)
        return bool(
            decision.allows(
                action=Action.STORE,
                datatype=str(record.kind),
                fields=CONTRIBUTION_PERIOD_FIELDS,
                start=record.period.start,
                end=record.period.end,
            )
        )

    def reconcile(self, *basis: bytes, supersedes: bytes = b"", leaving_out: bytes = b"") -> None:
        """The result of what the answers and corrections brought, and of Spain's own records."""
        brought, gone = set(self.held[INSS]), set[bytes]()
        held_back: tuple[Party, ...] = ()
        for i in basis:
            said = self.content(i)
            if isinstance(said, HistoryResponse):
                if said.outcome is not HistoryOutcome.RECORDS:
                    raise RefusedError(f"ES: waits, the answer is {said.outcome}")
                brought |= {*said.records}
            else:
                brought |= {*said.added}
                gone |= {*said.replaced}
            held_back = (CNAV,) if said.held_back else held_back
        self.must("ES", Reconcile)
        known = {i for i, one in self.placed.items() if one.envelope.payload_type == RECORD_TYPE}
        if not brought | gone <= known:
            raise RefusedError("ES: records are named that did not come")
        inputs = tuple(sorted(brought - gone - {leaving_out}))
        result = self._compute(inputs, held_back)
        agreed = self.claim
        said = Reconciliation(
            header=self.header(ES, *sorted(basis)),
            agreement=agreed.agreement,
            agreement_version=agreed.agreement_version,
            branch=agreed.branch,
            as_of=agreed.award_date,
            inputs=inputs,
            result=result.signed_text.encode(),
            digest=bytes.fromhex(result.digest),
            supersedes=supersedes,
            held_back=held_back,
        )
        self.result = self.say(said, "ES node")
        self.show(INSS, CNAV, self.response, salt=said.header.salt, records=self.held[INSS])

    def _compute(self, inputs: Any, held_back: tuple[Party, ...], as_of: Any = None) -> Any:
        periods = [self.content_of_record(i).period for i in inputs]
        return reconcile(
            periods,
            PACK,
            self.claim.branch.value,
            as_of or self.claim.award_date,
            held_back=as_findings(held_back),
        )

    def content_of_record(self, i: bytes) -> EntitlementRecord:
        return record_from_payload(self.placed[i].envelope.payload, i.hex())

    def show(self, by: Party, to: Party, request: bytes, *, salt: bytes, records: Any) -> None:
        """The receipt of what goes out with a result or a correction."""
        left = receipt(
            self,
            request,
            permission=b"",
            provider=by,
            requester=to,
            digest=released_digest(self, salt, list(records)),
            records=len(records),
            purpose="case-party-disclosure",
        )
        code = by.jurisdiction
        self.log(RECEIPT_TYPE, receipt_to_payload(left), f"{code} node", code)

    def examine(self) -> None:
        """France computes again, and countersigns or disputes."""
        self.must("FR", Countersign)
        theirs = self.content(self.result)
        held = [i for i, one in self.placed.items() if one.envelope.payload_type == RECORD_TYPE]
        difference = difference_before_computing(self.machines["FR"], self.claim, theirs, held)
        digest = bytes(32)
        if difference is None:
            mine = self._compute(theirs.inputs, theirs.held_back)
            difference = difference_of_results(mine, theirs)
            digest = bytes.fromhex(mine.digest)
        header = self.header(FR, self.result)
        if difference is not None:
            said = Dispute(header=header, digest=digest, first_difference=difference)
            self.say(said, "FR node")
            raise RefusedError(f"FR disputes: {difference}")
        self.signed = self.say(Countersignature(header=header, digest=digest), "FR node")

    def determine(self, *parties: Party, answers: bytes = b"") -> None:
        """Each institution decides on its facts, in the place of its earlier decision if any."""
        result = self.content(self.result)
        if result.lacking:
            raise NothingFollowsError  # what is decided now is provisional, and of another story
        periods = tuple(self.content_of_record(i).period for i in result.inputs)
        for party in parties or (CNAV, INSS):
            self.must(party.jurisdiction, Determine)
            header = self.header(party, *filter(None, (self.result, self.signed, answers)))
            stated = StatedFacts(
                nonce=self.salt(),
                decision=header.salt,
                case_id=CASE_ID,
                institution=party,
                created=NOW,
                documents=documents_of(None, FACTS[party], b""),
            )
            payload = write_stated_facts(stated)
            facts = self.log(FACTS_TYPE, payload, party.institution, party.jurisdiction)
            own = OwnClaim(
                pack=PACK,
                branch=self.claim.branch,
                award_date=self.claim.award_date,
                jurisdiction=party.jurisdiction,
            )
            found = determination_of(decide_amounts(own, periods, stated.read(periods)), header)
            before = self.decided.get(party, b"")
            found = replace(found, facts=facts, supersedes=before)
            self.decided[party] = self.say(found, party.institution)

    def end(self) -> None:
        """The summary and the closure."""
        self.must("ES", Summarise)
        on = tuple(sorted(self.decided.values()))
        document = summary_document(self.claim, {i: self.content(i) for i in on})
        self.say(Summary(header=self.header(ES, *on), document=document), "ES node")
        self.must("ES", Close)
        closure = Closure(header=self.header(ES, *on), reason=ClosureReason.SETTLED)
        self.closure = self.say(closure, "ES node")

    def reopen(self, cause: ReopeningCause, *causes: bytes) -> None:
        self.must("ES", Reopen)
        said = Reopening(header=self.header(ES, self.closure), cause=cause, causes=causes)
        self.say(said, "ES node")

    def object_to(self, decision: bytes, *, by_person: bool = False) -> bytes:
        sender, key = (ES, "rosa") if by_person else (INSS, "inss")
        said = Objection(
            header=self.header(sender, decision), grounds="amount", by_person=by_person
        )
        return self.say(said, key)

    def correct(self) -> bytes:
        """France puts a shorter period in the place of its last one."""
        old = self.held[CNAV][-1]
        new = self.certify(CNAV, 2010, 2014, supersedes=old)
        said = Correction(
            header=self.header(CNAV, self.response),
            replaced=(old,),
            added=(new,),
            reason=CorrectionReason.ERROR,
        )
        found = self.say(said, "cnav")
        self.show(CNAV, INSS, self.response, salt=said.header.salt, records=[new])
        return found

    def notice(self, code: str) -> bytes:
        """What the machine of a party says that it has to answer to what it was told."""
        self.must(code, AnswerNotice)
        duties = progress(self.machines[code]).duties
        duty = next(one for one in duties if isinstance(one, AnswerNotice))
        said = NoticeAnswer(
            header=self.header(Party(jurisdiction=code), duty.notice_id),
            effect=duty.effect,
            citation=LAW if duty.effect is NoticeEffect.KEPT else "",
            ceased=duty.ceased if duty.effect is not NoticeEffect.KEPT else (),
        )
        return self.say(said, f"{code} node")

    def stop(self) -> None:
        """The person withdraws, and the lead tells the case."""
        act = withdraw(self, self.consent, hour=HOUR + 1)
        said = PermissionEnd(
            header=self.header(ES, self.request),
            permission=self.consent,
            how=PermissionEnding.WITHDRAWN,
            at=NOW,
            act=act,
        )
        self.say(said, "ES node")

    def bundle(self, code: str) -> dict[str, bytes]:
        """What a party would export: not what it refused, nor what stays with another."""
        return exported(self, code, without=[i for i in self.placed if not self._has(code, i)])

    def _has(self, code: str, i: bytes) -> bool:
        one = self.placed[i]
        if one.log.jurisdiction == code:
            return True
        kind = one.envelope.payload_type
        if kind == RECEIPT_TYPE:
            return code == "ES"  # which is the person's home and leads
        return kind not in {FACTS_TYPE, RESOLUTION_TYPE}


def settled(case: LyingCase) -> None:
    case.ask()
    case.resolve()
    case.answer()
    case.reconcile(case.response)
    case.examine()
    case.determine()
    case.end()


def answered(case: LyingCase) -> None:
    case.ask()
    case.resolve()
    case.answer()


def computed(case: LyingCase) -> None:
    answered(case)
    case.reconcile(case.response)


def examined(case: LyingCase) -> None:
    computed(case)
    case.examine()


def decided(case: LyingCase) -> None:
    examined(case)
    case.determine()


def disputed(case: LyingCase) -> None:
    """The lead leaves a French record out of its result, and France disputes that."""
    answered(case)
    case.reconcile(case.response, leaving_out=case.held[CNAV][0])
    try:
        case.examine()
    except NotTakenError:
        raise
    except RefusedError:
        return  # by the dispute, which is the end of this story


def reminded(case: LyingCase) -> None:
    case.ask()
    case.remind(Step.HISTORY, case.request, CNAV)
    case.answer()


def told_of(case: LyingCase) -> None:
    settled(case)
    case.correct()
    case.notice("ES")


def objected(case: LyingCase) -> None:
    settled(case)
    objection = case.object_to(case.decided[CNAV])
    case.reopen(ReopeningCause.OBJECTION, objection)
    case.determine(CNAV, answers=objection)
    case.end()


def objected_by_person(case: LyingCase) -> None:
    settled(case)
    objection = case.object_to(case.decided[CNAV], by_person=True)
    case.reopen(ReopeningCause.OBJECTION, objection)
    case.determine(CNAV, answers=objection)


def corrected(case: LyingCase) -> None:
    settled(case)
    correction = case.correct()
    case.notice("ES")
    case.reopen(ReopeningCause.CORRECTION, correction)
    case.reconcile(case.response, correction, supersedes=case.result)
    case.examine()
    case.determine()
    case.end()


def stopped(case: LyingCase) -> None:
    case.ask()
    case.answer()
    case.reconcile(case.response)
    case.stop()
    case.notice("ES")
    case.notice("FR")


def kept(case: LyingCase) -> None:
    settled(case)
    case.stop()
    case.notice("ES")
    case.notice("FR")


def given_up(case: LyingCase) -> None:
    case.ask()
    said = case.say(claim_withdrawal(case.header(ES), CLAIM), "rosa")
    case.say(Closure(header=case.header(ES, said), reason=ClosureReason.WITHDRAWN), "ES node")


def told(story: Callable[[LyingCase], None], lie: Lie | None) -> LyingCase:
    """The story with the lie, as far as honest machines go along. Raises NobodyReadsItError."""
    case = LyingCase(lie=lie)
    try:
        story(case)
    except NothingFollowsError:
        pass
    except RefusedError as error:
        case.refused = str(error)
        case.at_once = isinstance(error, NotTakenError)
    return case
