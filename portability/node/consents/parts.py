"""What persons allow and take back, made from what the node stands on."""

from portability.consent.document import WithdrawalMeans
from portability.node.agreements.scopes import shipped_scope
from portability.node.audit.person_export import PersonExporter
from portability.node.cases.permission_ends import TellCases
from portability.node.consents.acts import ConsentActs
from portability.node.consents.asking import Asking
from portability.node.consents.assistants import Assistants
from portability.node.consents.confirming import Confirming
from portability.node.consents.counter import Counter
from portability.node.consents.counter_service import CounterService
from portability.node.consents.ends import ConsentEnds
from portability.node.consents.exporting import ConsentExports
from portability.node.consents.grants import CheckSigned, Grants
from portability.node.consents.own_consents import OwnConsents
from portability.node.consents.preparing import ConsentPreparer
from portability.node.consents.service import ConsentsService
from portability.node.consents.shown import ShownTexts
from portability.node.consents.standing import ConsentStatuses
from portability.node.foundation import Foundation
from portability.node.persons.keys import PersonKeys


def build_consents_service(
    foundation: Foundation,
    *,
    keys: PersonKeys,
    withdrawal: WithdrawalMeans,
    tell_cases: TellCases,
    check_signed: CheckSigned,
    exporter: PersonExporter,
) -> ConsentsService:
    """``tell_cases`` of a permission that ends, ``check_signed`` what a person signed."""
    shown = ShownTexts()
    acts = _acts(foundation, keys, shown, tell_cases)
    return ConsentsService(
        database=foundation.database,
        sequencer=foundation.sequencer,
        prover=foundation.prover,
        directory=foundation.directory,
        clock=foundation.world.clock,
        jurisdiction=foundation.jurisdiction,
        asking=Asking(
            database=foundation.database,
            directory=foundation.directory,
            agreement_scope=shipped_scope,
            clock=foundation.world.clock,
        ),
        statuses=build_statuses(foundation),
        preparer=_preparer(foundation, keys, withdrawal),
        own=OwnConsents(
            database=foundation.database, prover=foundation.prover, clock=foundation.world.clock
        ),
        exports=ConsentExports(
            database=foundation.database, exporter=exporter, clock=foundation.world.clock
        ),
        ends=build_ends(foundation, tell_cases),
        acts=acts,
        grants=Grants(acts=acts, keys=keys, shown=shown, check=check_signed),
    )


def build_counter_service(
    foundation: Foundation, *, keys: PersonKeys, withdrawal: WithdrawalMeans, tell_cases: TellCases
) -> CounterService:
    """For persons who consent at a counter, with somebody's help."""
    return CounterService(
        database=foundation.database,
        sequencer=foundation.sequencer,
        prover=foundation.prover,
        counter=Counter(
            assistants=build_assistants(foundation),
            preparer=_preparer(foundation, keys, withdrawal),
            acts=_acts(foundation, keys, ShownTexts(), tell_cases),
            node_key=foundation.node_key,
            randomness=foundation.world.randomness,
            jurisdiction=foundation.jurisdiction,
        ),
        confirming=Confirming(node_key=foundation.node_key, randomness=foundation.world.randomness),
        ends=build_ends(foundation, tell_cases),
        clock=foundation.world.clock,
        randomness=foundation.world.randomness,
    )


def build_statuses(foundation: Foundation) -> ConsentStatuses:
    return ConsentStatuses(
        sequencer=foundation.sequencer,
        node_key=foundation.node_key,
        randomness=foundation.world.randomness,
        jurisdiction=foundation.jurisdiction,
    )


def build_ends(foundation: Foundation, tell_cases: TellCases) -> ConsentEnds:
    return ConsentEnds(
        node_key=foundation.node_key,
        randomness=foundation.world.randomness,
        tell_cases=tell_cases,
    )


def build_assistants(foundation: Foundation) -> Assistants:
    return Assistants(node_key=foundation.node_key, randomness=foundation.world.randomness)


def _preparer(
    foundation: Foundation, keys: PersonKeys, withdrawal: WithdrawalMeans
) -> ConsentPreparer:
    return ConsentPreparer(
        directory=foundation.directory,
        withdrawal=withdrawal,
        keys=keys,
        randomness=foundation.world.randomness,
        jurisdiction=foundation.jurisdiction,
    )


def _acts(
    foundation: Foundation, keys: PersonKeys, shown: ShownTexts, tell_cases: TellCases
) -> ConsentActs:
    return ConsentActs(
        keys=keys,
        shown=shown,
        jurisdiction=foundation.jurisdiction,
        wake_outbox=foundation.wake_outbox,
        tell_cases=tell_cases,
    )
