"""What is served of cases beside ``RecognitionService``, made from what the node stands on."""

from collections.abc import Callable

from portability.node.cases.giving_up import ClaimsGivenUp
from portability.node.cases.identities_service import IdentitiesService
from portability.node.cases.notices_service import NoticesService
from portability.node.cases.objections import Objections
from portability.node.cases.objections_service import ObjectionsService
from portability.node.cases.own_cases import OwnCasesService
from portability.node.cases.writing import CaseWriter
from portability.node.foundation import Foundation
from portability.node.persons.complaints import Complaints
from portability.node.persons.complaints_service import ComplaintsService
from portability.node.persons.keys import PersonKeys
from portability.node.persons.record_objections import RecordObjections


def build_notices_service(foundation: Foundation) -> NoticesService:
    return NoticesService(
        jurisdiction=foundation.jurisdiction,
        database=foundation.database,
        prover=foundation.prover,
        clock=foundation.world.clock,
    )


def build_identities_service(
    foundation: Foundation, wake_driver: Callable[[], None]
) -> IdentitiesService:
    return IdentitiesService(
        database=foundation.database,
        sequencer=foundation.sequencer,
        prover=foundation.prover,
        directory=foundation.directory,
        clock=foundation.world.clock,
        wake=wake_driver,
    )


def build_objections_service(
    foundation: Foundation,
    *,
    keys: PersonKeys,
    writer: CaseWriter,
    complaints: Complaints,
    shown_by: ComplaintsService,
) -> ObjectionsService:
    """What persons object to, determinations and records, and the claims that they give up."""
    return ObjectionsService(
        sequencer=foundation.sequencer,
        prover=foundation.prover,
        objections=Objections(keys=keys, writer=writer),
        given_up=ClaimsGivenUp(keys=keys, writer=writer),
        records=RecordObjections(
            keys=keys,
            complaints=complaints,
            randomness=foundation.world.randomness,
            jurisdiction=foundation.jurisdiction,
        ),
        show=shown_by.show,
    )


def build_own_cases_service(foundation: Foundation) -> OwnCasesService:
    return OwnCasesService(
        database=foundation.database,
        prover=foundation.prover,
        clock=foundation.world.clock,
        jurisdiction=foundation.jurisdiction,
    )
