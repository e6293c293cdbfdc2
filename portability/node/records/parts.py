"""What takes in records, made from what the node stands on."""

from portability.node.cases.corrections import Corrections
from portability.node.cases.previewing import CorrectionPreviews
from portability.node.cases.writing import CaseWriter
from portability.node.foundation import Foundation
from portability.node.records.disclosure import Discloser
from portability.node.records.service import RecordChecks, RecordsService


def build_records_service(
    foundation: Foundation,
    *,
    verifiers: RecordChecks,
    writer: CaseWriter,
    discloser: Discloser,
) -> RecordsService:
    """``writer`` and ``discloser`` tell cases of records that replace others."""
    corrections = Corrections(
        jurisdiction=foundation.jurisdiction,
        writer=writer,
        discloser=discloser,
        directory=foundation.directory,
        randomness=foundation.world.randomness,
    )
    return RecordsService(
        corrections=corrections,
        previews=CorrectionPreviews(
            jurisdiction=foundation.jurisdiction,
            database=foundation.database,
            corrections=corrections,
            clock=foundation.world.clock,
        ),
        database=foundation.database,
        sequencer=foundation.sequencer,
        prover=foundation.prover,
        verifiers=verifiers,
        directory=foundation.directory,
        clock=foundation.world.clock,
    )
