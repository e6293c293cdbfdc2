"""RecognitionService: where an institution opens its cases and follows those it takes part in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from portability.consent.scope import Party
from portability.errors import NotFoundError, PreconditionError
from portability.federation.identity import Role
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import statement_id
from portability.node.calls.caller import caller_of
from portability.node.calls.pages import page_size, read_token, write_token
from portability.node.calls.repeats import Answered, Repeatable, answer_once
from portability.node.cases.clocks import held_times
from portability.node.cases.determining import check_state, determine, facts_from_pb, gaps_from_pb
from portability.node.cases.held_summary import HeldSummaries, cell_to_pb
from portability.node.cases.inputs import as_answered, own_inputs, received_records
from portability.node.cases.loading import LoadedCase, kept_case, load_case
from portability.node.cases.omissions import incomplete_answers
from portability.node.cases.opening import CaseOpener, Opening
from portability.node.cases.person_keys import foreign_key_records, own_key_records
from portability.node.cases.stating import read_facts_of
from portability.node.cases.submission import Submissions, read_submission
from portability.node.cases.views import case_id_of, case_to_pb, undelivered_to_pb
from portability.node.log.prover import not_erased
from portability.node.peers.withholding import all_speak
from portability.node.persons.enrolment import check_request_id
from portability.recognition.facts import read_facts
from portability.recognition.grounds import grounds_of
from portability.recognition.held_table import FEWEST
from portability.recognition.progress import progress
from portability.recognition.stated_facts import FACTS_TYPE, write_stated_facts
from portability.recognition.statements import Header, Reconciliation
from portability.recognition.versions import GROUNDS, LATEST
from portability.store import cases
from portability.store.undelivered import list_undelivered
from portability.v1 import recognition_service_pb2 as pb
from portability.v1 import recognition_service_pb2_grpc as services
from portability.wire.envelope import envelope_from_pb
from portability.wire.proven import proven_to_pb
from portability.wire.record import count_periods
from portability.wire.statement import statement_to_payload, type_of
from portability.wire.statement_parts import branch_from_pb, party_from_pb
from portability.wire.strict import civil_date

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from portability.ledger.trust import Directory
    from portability.node.agreements.book import AgreementBook
    from portability.node.calls.caller import Context
    from portability.node.cases.changes import CaseChanges
    from portability.node.log.prover import Prover
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write
    from portability.node.records.of_person import HeldRecord
    from portability.store.engine import Connection, Database

_OPEN_CASE: Final = "OpenCase"


class RecognitionService(services.RecognitionServiceServicer):
    """
    Serves agencies of this jurisdiction.

    A case of other institutions and a case that does not exist are answered alike.
    """

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        sequencer: Sequencer,
        prover: Prover,
        directory: Callable[[], Directory],
        opener: CaseOpener,
        submissions: Submissions,
        changes: CaseChanges,
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
        agreements: AgreementBook | None = None,
        protocol_version: int = LATEST,
    ) -> None:
        self._jurisdiction = jurisdiction
        self._agreements = agreements
        self._protocol_version = protocol_version
        self._database = database
        self._sequencer = sequencer
        self._prover = prover
        self._directory = directory
        self._opener = opener
        self._submissions = submissions
        self._changes = changes
        self._clock = clock
        self._randomness = randomness
        self._summaries = HeldSummaries(database=database, jurisdiction=jurisdiction, clock=clock)

    async def OpenCase(  # noqa: N802  # the name in the contract
        self, request: pb.OpenCaseRequest, context: Context
    ) -> pb.OpenCaseResponse:
        caller = caller_of(context)
        check_request_id(request.request_id)
        opening = Opening(
            person=request.person,
            lead=Party(jurisdiction=caller.jurisdiction, institution=caller.institution),
            branch=branch_from_pb(request.branch),
            agreement=request.agreement,
            claim_date=civil_date(request.claim_date, "claim_date"),
            award_date=civil_date(request.award_date, "award_date"),
            participants=tuple(party_from_pb(one, "participants") for one in request.participants),
        )
        call = Repeatable(
            caller=caller.uri,
            method=_OPEN_CASE,
            request_id=request.request_id,
            content=request.SerializeToString(deterministic=True),
        )

        async def work(write: Write) -> bytes:
            return await answer_once(write, call, lambda: self._open(write, opening))

        answer, _ = await self._sequencer.run(work)
        return pb.OpenCaseResponse.FromString(answer)

    async def GetCase(  # noqa: N802
        self, request: pb.GetCaseRequest, context: Context
    ) -> pb.GetCaseResponse:
        caller = _party_of(context)
        case_id = case_id_of(request.name, "name")

        async def news() -> pb.GetCaseResponse | None:
            async with self._database.read() as connection:
                loaded = await self._load(connection, case_id, caller)
                if len(loaded.listed) == request.known_revision:
                    return None
                return await self._show_whole(connection, loaded)

        def has_news() -> bool:
            kept = kept_case(self._database.vault, self._jurisdiction, case_id)
            is_same = kept is not None and len(kept.listed) == request.known_revision
            return kept is None or caller not in kept.claim.parties or not is_same

        found = None
        if request.HasField("wait"):
            seconds = max(request.wait.ToTimedelta().total_seconds(), 0.0)
            found = await self._changes.wait(case_id, news, seconds, has_news=has_news)
        if found is None:
            async with self._database.read() as connection:
                loaded = await self._load(connection, case_id, caller)
                found = await self._show_whole(connection, loaded)
        return found

    async def _show_whole(self, connection: Connection, loaded: LoadedCase) -> pb.GetCaseResponse:
        shown = _show(loaded)
        if self._agreements is not None and loaded.leads:
            shown.agreement_digest = await self._agreements.text_to_name(
                connection,
                loaded.claim.agreement,
                loaded.text_digest,
                [one for one in loaded.claim.jurisdictions if one != self._jurisdiction],
            )
        missing = await list_undelivered(connection, loaded.case_id)
        return pb.GetCaseResponse(
            case=shown,
            held=await held_times(connection, loaded, self._clock()),
            undelivered=[undelivered_to_pb(one) for one in missing],
            revision=len(loaded.listed),
            incomplete_answers=await incomplete_answers(connection, self._prover, loaded.case_id),
        )

    async def ListCases(  # noqa: N802
        self, request: pb.ListCasesRequest, context: Context
    ) -> pb.ListCasesResponse:
        caller = _party_of(context)
        size = page_size(request.page_size)
        async with self._database.read() as connection:
            rows = await cases.list_cases(
                connection,
                self._database.vault,
                jurisdiction=caller.jurisdiction,
                institution=caller.institution,
                after=read_token(request.page_token),
                limit=size + 1,
            )
            shown = [
                _show(await self._load(connection, row.case_id, caller))
                for row in rows[:size]
                if row.content is not None
            ]
        token = write_token(rows[size - 1].position) if len(rows) > size else ""
        return pb.ListCasesResponse(cases=shown, next_page_token=token)

    async def ListCaseStatements(  # noqa: N802
        self, request: pb.ListCaseStatementsRequest, context: Context
    ) -> pb.ListCaseStatementsResponse:
        caller = _party_of(context)
        case_id = case_id_of(request.parent, "parent")
        size = page_size(request.page_size)
        async with self._database.read() as connection:
            loaded = await self._load(connection, case_id, caller)
            rows = await cases.list_case_statements(
                connection, case_id, after=read_token(request.page_token), limit=size + 1
            )
            own_keys = await own_key_records(connection, loaded)
            keys = await foreign_key_records(connection, self._database.vault, loaded)
        shown = rows[:size]
        held = await self._prover.prove_held([row.statement_id for row in shown])
        keys += not_erased(await self._prover.prove_held(own_keys))
        token = write_token(shown[-1].leaf_index) if len(rows) > size else ""
        return pb.ListCaseStatementsResponse(
            statements=[proven_to_pb(one) for one in not_erased(held)],
            next_page_token=token,
            key_records=map(proven_to_pb, keys),
        )

    async def PrepareDetermination(  # noqa: N802
        self, request: pb.PrepareDeterminationRequest, context: Context
    ) -> pb.PrepareDeterminationResponse:
        caller = _party_of(context)
        case_id = case_id_of(request.case, "case")
        async with self._database.read() as connection:
            loaded = await self._load(connection, case_id, caller)
            view = progress(loaded.case)
            check_state(view.state)
            records = await self._inputs(connection, loaded, view.reconciliation_id)
            grounds = grounds_of(loaded.claim, read_facts(loaded.case), caller)
            names_all = await self._are_read(connection, loaded)
        header = Header(
            salt=self._randomness(HASH_BYTES),
            case_id=case_id,
            sender=caller,
            created=self._clock().replace(microsecond=0),
            predecessors=grounds if names_all else grounds[:1],
        )
        branch = loaded.claim.branch
        periods = count_periods((one.record for one in records), branch).periods
        gaps = gaps_from_pb(request, loaded, view)
        nonce = self._randomness(HASH_BYTES)
        stated, facts = facts_from_pb(request, header, periods, gaps, nonce)
        payload = write_stated_facts(stated) if request.states_facts else b""
        determination, lines = determine(
            loaded,
            view,
            periods,
            facts,
            header,
            gaps=gaps,
            named=statement_id(FACTS_TYPE, payload) if payload and names_all else b"",
        )
        return pb.PrepareDeterminationResponse(
            payload=statement_to_payload(determination),
            payload_type=type_of(determination),
            explanation=lines,
            facts_payload=payload,
            facts_payload_type=FACTS_TYPE if payload else "",
        )

    async def SubmitStatement(  # noqa: N802
        self, request: pb.SubmitStatementRequest, context: Context
    ) -> pb.SubmitStatementResponse:
        caller = _party_of(context)
        envelope = envelope_from_pb(request.envelope)
        facts = envelope_from_pb(request.facts) if request.HasField("facts") else None
        directory, now = self._directory(), self._clock()
        heard = read_submission(envelope, caller, directory, now)
        stated = read_facts_of(heard.statement, facts, directory, now)

        async def work(write: Write) -> bool:
            loaded = await load_case(
                write.connection,
                write.vault,
                own=self._jurisdiction,
                case_id=heard.statement.header.case_id,
                pending=write.statements,
            )
            if loaded is None or caller not in loaded.claim.parties:
                raise _no_such_case()
            if stated is not None and heard.statement_id not in loaded.held:
                await write.log(replace(stated, person=loaded.row.person))
            return await self._submissions.take(write, loaded, heard)

        is_new, committed = await self._sequencer.run(work)
        proven = (
            committed.prove(heard.statement_id)
            if is_new
            else await self._prover.prove_first(heard.statement_id)
        )
        return pb.SubmitStatementResponse(statement=proven_to_pb(proven))

    async def GetHeldSummary(  # noqa: N802
        self, request: pb.GetHeldSummaryRequest, context: Context
    ) -> pb.GetHeldSummaryResponse:
        is_agency = caller_of(context).role is Role.AGENCY
        cells = await self._summaries.of_quarter(
            request.year, request.quarter, _party_of(context) if is_agency else None
        )
        return pb.GetHeldSummaryResponse(cells=map(cell_to_pb, cells), fewest=FEWEST)

    async def _open(self, write: Write, opening: Opening) -> Answered:
        claim = self._opener.claim(opening)
        case_id, references = await self._opener.open(write, opening, claim)
        loaded = await self._load(write.connection, case_id, opening.lead)
        answer = pb.OpenCaseResponse(
            case=case_to_pb(loaded, opening.person), person_references=references
        )
        return Answered(content=answer.SerializeToString(), person=loaded.row.person)

    async def _load(self, connection: Connection, case_id: str, caller: Party) -> LoadedCase:
        """A case that the caller takes part in. Raises NotFoundError for any other."""
        loaded = await load_case(
            connection, self._database.vault, own=self._jurisdiction, case_id=case_id
        )
        if loaded is None or caller not in loaded.claim.parties:
            raise _no_such_case()
        return loaded

    async def _are_read(self, connection: Connection, loaded: LoadedCase) -> bool:
        """Whether every party reads a decision that names more than its result."""
        others = [one for one in loaded.claim.jurisdictions if one != self._jurisdiction]
        return await all_speak(connection, others, GROUNDS, own_version=self._protocol_version)

    async def _inputs(
        self, connection: Connection, loaded: LoadedCase, reconciliation_id: bytes
    ) -> Sequence[HeldRecord]:
        """The records that the agreed result rests on, in its order."""
        agreed = loaded.case.accepted[reconciliation_id]
        vault = self._database.vault
        held = await received_records(connection, vault, loaded)
        held.update({one.statement_id: one for one in await own_inputs(connection, vault, loaded)})
        inputs = agreed.inputs if isinstance(agreed, Reconciliation) else ()
        missing = [one for one in inputs if one not in held]
        if missing:
            raise PreconditionError(
                "a record that the result rests on is no longer in force here; the history must be "
                "reconciled anew",
                subject="case",
            )
        shown = as_answered(loaded, agreed.header.predecessors, held)
        return [shown[one] for one in inputs]


def _show(loaded: LoadedCase) -> pb.Case:
    """The person is whose key it is stored under, unless that is the node's own."""
    return case_to_pb(loaded, "" if loaded.row.person is None else loaded.row.owner)


def _party_of(context: Context) -> Party:
    caller = caller_of(context)
    return Party(jurisdiction=caller.jurisdiction, institution=caller.institution)


def _no_such_case() -> NotFoundError:
    return NotFoundError("there is no such case here")
