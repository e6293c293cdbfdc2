"""What auditors and persons take away, made from what the node stands on."""

from collections.abc import Callable, Sequence

from portability.ledger.envelope import Envelope
from portability.node.audit.bundle_parts import TrustFiles
from portability.node.audit.case_export import CaseExporter
from portability.node.audit.person_export import PersonExporter
from portability.node.audit.service import AuditService
from portability.node.foundation import Foundation
from portability.node.log.read_side import LogFiles
from portability.node.log.witness import Witness
from portability.node.persons.parts import build_accesses

Directories = Callable[[], Sequence[Envelope]]
"""Every version of the directory in order; the last is in force."""


def build_person_exporter(foundation: Foundation, directories: Directories) -> PersonExporter:
    return PersonExporter(
        database=foundation.database,
        sequencer=foundation.sequencer,
        prover=foundation.prover,
        trust=_trust_files(foundation, directories),
        node_key=foundation.node_key,
        randomness=foundation.world.randomness,
        jurisdiction=foundation.jurisdiction,
    )


def build_audit_service(
    foundation: Foundation, *, directories: Directories, files: LogFiles, witness: Witness
) -> AuditService:
    return AuditService(
        database=foundation.database,
        prover=foundation.prover,
        witness=witness,
        sequencer=foundation.sequencer,
        accesses=build_accesses(foundation),
        clock=foundation.world.clock,
        jurisdiction=foundation.jurisdiction,
        files=files,
        cases=CaseExporter(
            database=foundation.database,
            prover=foundation.prover,
            trust=_trust_files(foundation, directories),
            jurisdiction=foundation.jurisdiction,
        ),
        persons=build_person_exporter(foundation, directories),
    )


def _trust_files(foundation: Foundation, directories: Directories) -> TrustFiles:
    return TrustFiles(
        prover=foundation.prover, directories=directories, node_key=foundation.node_key
    )
