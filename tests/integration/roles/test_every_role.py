"""Every call of the contract, made by everybody who can have a certificate, at a real node."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import grpc
import pytest

from portability.cli.bench_cases import countries, make_migrants
from portability.federation.channel import TlsIdentity
from portability.v1 import consents_service_pb2 as pb
from tests.integration.roles.table import MAY_CALL
from tests.integration.roles.world import (
    CALLERS,
    HOME,
    Answer,
    Stage,
    all_methods,
    ask,
    filled,
    name_of,
)

METHODS = list(all_methods())
ROWS = 2
FAULTS = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNIMPLEMENTED}
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
NUMBER = "BENCH"  # what the national numbers of these persons begin with
OF_ANY_AGENCY = {  # a counter helps whoever lives in its country, and first has to find them
    "CounterService.CreateConfirmationCode",
    "CounterService.CreateDeviceCode",
    "CounterService.CreateWithdrawalCode",
    "CounterService.ListPersonRequests",
    "CounterService.PrepareAssistedConsent",
    "CounterService.WithdrawConsents",
    "ErasuresService.ListLegalHolds",
    "KeysService.RevokeKeys",
    "PersonsService.AssessIdentity",
    "PersonsService.CreateEnrolmentCode",
    "RecordsService.ListRecords",
}
OF_OTHERS = {  # what another institution of the country has, or takes part in
    "AuditService.ExportCase",
    "ConsentsService.ExportConsent",
    "ConsentsService.GetConsentState",
    "ConsentsService.GiveUpConsent",
    "ErasuresService.GetErasure",
    "NoticesService.ListNotices",
    "RecognitionService.GetCase",
    "RecognitionService.ListCaseStatements",
    "RecognitionService.PrepareDetermination",
    "RecordsService.GetRecord",
}
ENDS_THE_SESSION = {"PersonsService.EndSession"}
BY_ITS_NUMBER = {"ComplaintsService.GetComplaintProgress"}  # which the person may give to a helper
OF_THE_PERSON = {
    "ComplaintsService.EscalateComplaint",
    "ConsentsService.ExportConsent",
    "ConsentsService.GetConsentState",
    "ConsentsService.PrepareConsentAct",
    "ConsentsService.PrepareWithdrawal",
    "KeysService.PrepareKeyRemoval",
    "ObjectionsService.PrepareClaimWithdrawal",
    "ObjectionsService.PrepareRecordObjection",
}

TOLD_APART: dict[str, set[str]] = {  # where somebody learns what is there, by who it is
    "portal": set(),  # without a session of the person
    "ombudsperson": {"AuditService.OpenAccess"},
    "other-node": set(),
    "peer-node": {"FederationService.FetchConsentStatus"},
}
NAMES_OF_NOBODY = {  # good certificates that do not say who their holder is
    "none": (),
    "two roles": (CALLERS["operator"], CALLERS["agency"]),
    "an unknown role": (f"portability://{HOME}/king",),
    "no role": (f"portability://{HOME}",),
    "an agency without its institution": (f"portability://{HOME}/agency",),
    "a node with an institution": (f"portability://{HOME}/node/counter",),
    "another scheme": (f"https://{HOME}/operator",),
    "a role with more behind it": (f"portability://{HOME}/operator?role=node",),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    is_served = request.param == "postgresql"
    server = request.getfixturevalue("postgres_server") if is_served else None
    with countries(3, server=server and server.url) as federation, asyncio.Runner() as runner:
        concerned = {code: federation.offices[code] for code in (HOME, "FR")}
        where = replace(federation, offices=concerned)
        (migrant,) = make_migrants(where, 1, ROWS)
        yield Stage(where, migrant, runner, server)


def real(stage: Stage) -> dict[str, Any]:
    """The names of what is there, by the fields that take them."""
    case, person, record = stage.case, stage.migrant.person, f"records/{stage.record.hex()}"
    return {
        "person": person,
        "case": case,
        "consent": stage.migrant.consent,
        "permission": stage.migrant.consent,
        "GetCase.name": case,
        "ListCaseStatements.parent": case,
        "ListNotices.parent": case,
        "ExportCase.name": case,
        "GetErasure.name": person,
        "ExportPerson.name": person,
        "ListRecords.parent": person,
        "GetRecord.name": record,
        "ExportConsent.format": pb.CONSENT_FORMAT_DPV,
    }


def made_up(stage: Stage) -> dict[str, Any]:
    """Names of the same form, of nothing."""
    return {key: other(value) for key, value in real(stage).items()}


def other(value: Any) -> Any:
    if isinstance(value, bytes):
        return bytes(len(value))
    return value[:-8] + "0" * 8 if isinstance(value, str) else value


def ask_all(
    stage: Stage, caller: str, wanted: set[str], values: dict[str, Any]
) -> dict[str, Answer]:
    """What a caller is answered, by method."""

    async def run() -> dict[str, Answer]:
        async with stage.channel(caller) as channel:
            return {
                name_of(one): await ask(channel, one, filled(one, values))
                for one in METHODS
                if name_of(one) in wanted
            }

    return stage.runner.run(run())


def test_the_table_names_every_call_and_no_other() -> None:
    assert set(MAY_CALL) == {name_of(one) for one in METHODS}


def test_whoever_may_not_call_is_refused_alike_and_changes_nothing(stage: Stage) -> None:
    before = stage.at_rest()
    told: dict[tuple[str, str], tuple[Answer, Answer]] = {}
    for caller in CALLERS:
        refused = {name for name, roles in MAY_CALL.items() if caller not in roles}
        bare = ask_all(stage, caller, refused, {})
        named = ask_all(stage, caller, refused, real(stage))
        told |= {(caller, name): (answer, named[name]) for name, answer in bare.items()}

    assert [who for who, (answer, _) in told.items() if not answer.is_of_the_role] == []
    assert [who for who, (answer, named) in told.items() if answer != named] == []
    assert stage.digest() == before


@pytest.mark.parametrize("caller", CALLERS)
def test_whoever_may_call_is_answered_and_nothing_empty_is_a_fault(
    stage: Stage, caller: str
) -> None:
    allowed = {name for name, roles in MAY_CALL.items() if caller in roles}

    answers = ask_all(stage, caller, allowed, {})

    assert set(answers) == allowed
    assert [name for name, one in answers.items() if one.is_of_the_role] == []
    assert [name for name, one in answers.items() if one.code in FAULTS] == []
    assert [name for name, one in answers.items() if one.details != one.details.strip()] == []


def test_what_is_somebody_elses_is_answered_as_what_is_not_there(stage: Stage) -> None:
    allowed = {name for name, roles in MAY_CALL.items() if "agency" in roles}

    there = ask_all(stage, "agency", allowed, real(stage))
    nowhere = ask_all(stage, "agency", allowed, made_up(stage))

    assert {name for name, answer in there.items() if answer != nowhere[name]} == OF_ANY_AGENCY
    assert {there[name].code for name in OF_OTHERS} == {grpc.StatusCode.NOT_FOUND}


def test_the_ombudsperson_sees_the_holds_on_whom_they_have_opened_an_access_to(
    stage: Stage,
) -> None:
    opening = {"ground": "complaint", "citation": "Ley Orgánica 3/1981, Art 19", "days": 3}
    named = {"person": stage.somebody(), **opening}

    def answered(method: str) -> grpc.StatusCode:
        return ask_all(stage, "ombudsperson", {method}, named)[method].code

    assert answered("ErasuresService.ListLegalHolds") is grpc.StatusCode.PERMISSION_DENIED
    assert answered("AuditService.OpenAccess") is grpc.StatusCode.OK
    assert answered("ErasuresService.ListLegalHolds") is grpc.StatusCode.OK


@pytest.mark.parametrize("caller", TOLD_APART)
def test_who_has_no_part_in_it_learns_not_what_is_there(stage: Stage, caller: str) -> None:
    allowed = {name for name, roles in MAY_CALL.items() if caller in roles}

    there = ask_all(stage, caller, allowed, real(stage))
    nowhere = ask_all(stage, caller, allowed, made_up(stage))

    differ = {name for name, answer in there.items() if answer != nowhere[name]}
    assert differ == TOLD_APART[caller]


def test_the_session_of_one_person_tells_nothing_of_another(stage: Stage) -> None:
    owner, neighbour = stage.signed_in(), stage.session_of_somebody()
    theirs = stage.things_of(owner)
    nothing = {key: other(value) for key, value in theirs.items()}
    wanted = {name for name, roles in MAY_CALL.items() if "portal" in roles} - ENDS_THE_SESSION

    def told(session: str, values: dict[str, Any]) -> dict[str, Answer]:
        chosen = {"format": 1, "kind": 1, "reason": 1, "grounds": "other", "session": session}
        return ask_all(stage, "portal", wanted, values | chosen)

    def told_apart(session: str) -> set[str]:
        there, nowhere = told(session, theirs), told(session, nothing)
        return {name for name, answer in there.items() if answer != nowhere[name]}

    assert told_apart(neighbour) == BY_ITS_NUMBER
    assert told_apart(owner.token) == BY_ITS_NUMBER | OF_THE_PERSON


def test_nothing_of_a_person_is_logged_whatever_is_asked(stage: Stage) -> None:
    for caller in CALLERS:
        ask_all(stage, caller, {name_of(one) for one in METHODS}, real(stage))

    log = stage.log
    names = [one for one in real(stage).values() if isinstance(one, str)]
    marks = [one.partition("/")[2] for one in names] + [stage.migrant.consent.hex(), NUMBER]

    assert [mark for mark in marks if mark.encode() in log] == []
    assert b"Traceback" not in log
    assert b"ListRecords" in log  # calls are logged at all


@pytest.mark.parametrize("of", ["nobody", "another authority", "itself", "the past"])
def test_without_a_certificate_that_is_good_today_nothing_is_answered(
    stage: Stage, of: str
) -> None:
    name = CALLERS["operator"]
    made: dict[str, Callable[[], grpc.aio.Channel]] = {
        "nobody": stage.channel_without_certificate,
        "another authority": lambda: stage.channel_with(stage.of_another_authority(name)),
        "itself": lambda: stage.channel_with(stage.self_signed(name)),
        "the past": lambda: stage.channel_with(stage.expired(name)),
    }

    async def run() -> set[Answer]:
        async with made[of]() as channel:
            return {await ask(channel, one, filled(one, real(stage))) for one in METHODS[:3]}

    assert {one.code for one in stage.runner.run(run())} == {grpc.StatusCode.UNAVAILABLE}


def test_a_good_certificate_without_one_name_of_ours_is_nobodys(stage: Stage) -> None:
    before = stage.at_rest()

    told = {why: ask_as(stage, stage.named(*uris)) for why, uris in NAMES_OF_NOBODY.items()}

    assert {one.code for said in told.values() for one in said} == {UNAUTHENTICATED}
    assert {why: len(said) for why, said in told.items()} == dict.fromkeys(told, 1)
    assert stage.digest() == before


def ask_as(stage: Stage, tls: TlsIdentity) -> set[Answer]:
    """All that the holder of a certificate is told, whatever is called and named."""

    async def run() -> set[Answer]:
        async with stage.channel_with(tls) as channel:
            return {
                await ask(channel, one, filled(one, values))
                for one in METHODS
                for values in ({}, real(stage))
            }

    return stage.runner.run(run())
