"""The services for institutions, auditors and operators, made from a node's parts."""

import asyncio
from collections.abc import Callable

from portability.node.agreements.scopes import shipped_scope
from portability.node.audit.case_export import CaseExporter
from portability.node.audit.service import AuditService
from portability.node.cases.corrections import Corrections
from portability.node.cases.identities_service import IdentitiesService
from portability.node.cases.notices_service import NoticesService
from portability.node.cases.parts import CaseParts, Outside, build_case_parts
from portability.node.cases.previewing import CorrectionPreviews
from portability.node.erasure.notices import ErasureNotices
from portability.node.operating.service import OperatorService
from portability.node.parts import Parts
from portability.node.peers.replaying import Replayer
from portability.node.persons.accesses import Accesses
from portability.node.records.service import RecordsService
from portability.node.services_for_persons import person_exporter, trust_files


def case_parts(parts: Parts) -> CaseParts:
    return build_case_parts(
        jurisdiction=parts.config.jurisdiction,
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        directory=parts.directory,
        node_key=parts.keys.node,
        agreement_scope=shipped_scope,
        peer=parts.peers,
        require_signed=parts.config.agreements.require_signed,
        witness=parts.witness,
        erasures=ErasureNotices(
            voice=parts.eraser.voice,
            rules=parts.config.erasure.rules,
            ask_to_settle=parts.eraser.ask_to_settle,
            wake_outbox=parts.eraser.wake,
        ),
        outside=Outside(
            clock=parts.world.clock,
            sleep=asyncio.sleep,
            randomness=parts.world.randomness,
            fault=parts.world.fault,
            monotonic=parts.world.monotonic,
        ),
        delay=parts.config.answers,
        pause=lambda: parts.maintenance.pause,
        protocol_version=parts.config.protocol_version,
        signatures=parts.verifiers,
    )


def records_service(parts: Parts, cases: CaseParts) -> RecordsService:
    corrections = Corrections(
        jurisdiction=parts.config.jurisdiction,
        writer=cases.writer,
        discloser=cases.discloser,
        directory=parts.directory,
        randomness=parts.world.randomness,
    )
    return RecordsService(
        corrections=corrections,
        previews=CorrectionPreviews(
            jurisdiction=parts.config.jurisdiction,
            database=parts.database,
            corrections=corrections,
            clock=parts.world.clock,
        ),
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        verifiers=parts.verifiers,
        directory=parts.directory,
        clock=parts.world.clock,
    )


def notices_service(parts: Parts) -> NoticesService:
    return NoticesService(
        jurisdiction=parts.config.jurisdiction,
        database=parts.database,
        prover=parts.prover,
        clock=parts.world.clock,
    )


def identities_service(parts: Parts, cases: CaseParts) -> IdentitiesService:
    return IdentitiesService(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        directory=parts.directory,
        clock=parts.world.clock,
        wake=cases.driver.wake,
    )


def operator_service(
    parts: Parts, cases: CaseParts, under_way: Callable[[], int]
) -> OperatorService:
    return OperatorService(
        jurisdiction=parts.config.jurisdiction,
        database=parts.database,
        directory=parts.directory,
        maintenance=parts.maintenance,
        failing=cases.outbox.failing,
        under_way=under_way,
        replayer=Replayer(
            database=parts.database,
            sequencer=parts.sequencer,
            directory=parts.directory,
            inbox=cases.federation.inbox,
        ),
    )


def audit_service(parts: Parts) -> AuditService:
    return AuditService(
        database=parts.database,
        prover=parts.prover,
        witness=parts.witness,
        sequencer=parts.sequencer,
        accesses=Accesses(
            database=parts.database,
            prover=parts.prover,
            node_key=parts.keys.node,
            clock=parts.world.clock,
            randomness=parts.world.randomness,
        ),
        clock=parts.world.clock,
        jurisdiction=parts.config.jurisdiction,
        files=parts.log_files,
        cases=CaseExporter(
            database=parts.database,
            prover=parts.prover,
            trust=trust_files(parts),
            jurisdiction=parts.config.jurisdiction,
        ),
        persons=person_exporter(parts),
    )
