"""How sure a consent is, as agreements and gates require it; what each level can open at all."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.consent.agreement import scope_on
from portability.consent.causes import RefusalCause
from portability.consent.document import (
    ActLevel,
    Assurance,
    Fetch,
    IdentityLevel,
    Keeping,
    Method,
)
from portability.consent.gate import Granted, Refused
from portability.consent.payload_types import TEMPLATE_TYPE
from portability.consent.scope import Action, Party
from portability.consent.signature import most_assured, reaches
from portability.consent.statements import AssistantKey, SubjectKey
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError
from portability.ledger.envelope import statement_id
from portability.ledger.keys import Ed25519Signer
from tests.conftest import PROJECT_ROOT
from tests.unit.consent.world import KEY, NOW, SCENE, Scene, grant

WORKER = Ed25519Signer(bytes([91]) * 32)
WITNESS = Ed25519Signer(bytes([92]) * 32)
COUNTER = Party(jurisdiction="ES", institution="imserso")
PACK_BYTES = (PROJECT_ROOT / "portability/agreements/eu-883-2004.toml").read_bytes()
LEAST = """
[[consent_assurance.values]]
from   = 2012-01-01
value  = {{ identity = "{identity}", act = "{act}" }}
source = "as the parties have agreed"
"""


def helper(signer: Ed25519Signer, role: str) -> AssistantKey:
    return AssistantKey(
        record=bytes([9]) * 32, role=role, public_key=signer.public, organisation=COUNTER
    )


def helped(method: Method, *assistants: AssistantKey) -> SubjectKey:
    """The record of keys of others, for one act."""
    return replace(KEY, method=method, public_key=b"", assistants=assistants)


ALONE = helped(Method.ASSISTED_WORKER, helper(WORKER, "worker"))
PAPER = helped(Method.PAPER, helper(WORKER, "worker"))


def signed_alone(key: SubjectKey, **changes: object) -> Scene:
    """A consent that a worker signed alone, put before a gate that asks for little."""
    consent = replace(
        SCENE.consent,
        method=key.method,
        assurance=Assurance(identity=key.identity_level, act=most_assured(key.method)),
        grants=(grant(actions=(Action.VERIFY_ONLY,)),),
        not_after=SCENE.consent.not_before + timedelta(days=30),
    )
    template = SCENE.template.replace(b'"A2"', b'"A0"').replace(
        b'"VIEW", "STORE"', b'"VIEW", "STORE", "VERIFY_ONLY"'
    )
    pinned = replace(consent.purpose, template=statement_id(TEMPLATE_TYPE, template))
    consent = replace(consent, purpose=pinned, **changes)
    return replace(SCENE, key=key, signer=WORKER, consent=consent, template=template)


def cause(scene: Scene) -> RefusalCause | None:
    decided = scene.decide()
    return decided.cause if isinstance(decided, Refused) else None


@pytest.mark.parametrize("identity", list(IdentityLevel))
@pytest.mark.parametrize("act", list(ActLevel))
def test_the_gate_refuses_what_is_less_sure_than_the_agreement_asks_for(
    identity: IdentityLevel, act: ActLevel
) -> None:
    scene = replace(SCENE, agreement=replace(SCENE.agreement, identity=identity, act=act))
    has = SCENE.consent.assurance
    is_sure = has.identity.rank >= identity.rank and has.act.rank >= act.rank
    assert cause(scene) is (None if is_sure else RefusalCause.LEVEL_TOO_LOW)
    assert isinstance(SCENE.decide(), Granted)


def test_parties_say_in_their_agreement_how_sure_a_consent_must_be() -> None:
    silent = scope_on(parse_pack(PACK_BYTES, "pack"), NOW.date())
    assert (silent.identity, silent.act) == (IdentityLevel.LOW, ActLevel.A0)
    said = PACK_BYTES + LEAST.format(identity="high", act="A3").encode()
    scope = scope_on(parse_pack(said, "pack"), NOW.date())
    assert (scope.identity, scope.act) == (IdentityLevel.HIGH, ActLevel.A3)
    for wrong in ({"identity": "certain", "act": "A3"}, {"identity": "high", "act": "A4"}):
        with pytest.raises(InvalidInputError, match="consent_assurance"):
            parse_pack(PACK_BYTES + LEAST.format(**wrong).encode(), "pack")


def test_how_sure_a_consent_must_be_is_what_was_agreed_on_its_day() -> None:
    later = NOW.date() + timedelta(days=30)
    said = PACK_BYTES + LEAST.format(identity="high", act="A3").encode()
    pack = parse_pack(said, "pack")
    (first,) = pack.parameters["consent_assurance"]
    second = replace(first, since=later, value={"identity": "low", "act": "A1"})
    both = replace(pack, parameters={**pack.parameters, "consent_assurance": (first, second)})
    for day, identity, act in (
        (first.since, IdentityLevel.HIGH, ActLevel.A3),
        (later - timedelta(days=1), IdentityLevel.HIGH, ActLevel.A3),
        (later, IdentityLevel.LOW, ActLevel.A1),
    ):
        scope = scope_on(both, day)
        assert (scope.identity, scope.act) == (identity, act)


def test_what_a_worker_signed_alone_opens_no_data_even_where_little_is_asked_for() -> None:
    asking = signed_alone(ALONE).with_request(asked=grant(actions=(Action.VERIFY_ONLY,)))
    assert cause(asking) is None, "whether something is so may be answered"
    for_data = signed_alone(ALONE, grants=(grant(actions=(Action.STORE,)),))
    assert cause(for_data) is RefusalCause.LEVEL_TOO_LOW
    two = signed_alone(ALONE, grants=(grant(actions=(Action.VERIFY_ONLY, Action.VIEW)),))
    assert cause(two) is RefusalCause.LEVEL_TOO_LOW


def test_a_paper_opens_nothing_whatever_it_says() -> None:
    asking = signed_alone(PAPER).with_request(asked=grant(actions=(Action.VERIFY_ONLY,)))
    assert cause(asking) is RefusalCause.LEVEL_TOO_LOW


def test_a_lower_method_cannot_claim_a_higher_level() -> None:
    surer = Assurance(identity=ALONE.identity_level, act=ActLevel.A2)
    asking = signed_alone(ALONE, assurance=surer)
    assert cause(asking) is RefusalCause.LEVEL_TOO_LOW


def test_what_was_signed_alone_is_for_one_exchange_within_ninety_days() -> None:
    begins = SCENE.consent.not_before
    for lasts, found in (
        (timedelta(days=90), None),
        (timedelta(days=90, seconds=1), RefusalCause.LEVEL_TOO_LOW),
    ):
        scene = signed_alone(ALONE, not_after=begins + lasts)
        scene = replace(scene, consent=replace(scene.consent, retention=kept_until(scene)))
        asked = scene.with_request(asked=grant(actions=(Action.VERIFY_ONLY,)))
        assert cause(asked) is found
    use = replace(SCENE.consent.use, fetch=Fetch.PERIODIC)
    asked = signed_alone(ALONE, use=use).with_request(asked=grant(actions=(Action.VERIFY_ONLY,)))
    assert cause(asked) is RefusalCause.LEVEL_TOO_LOW


def kept_until(scene: Scene) -> Keeping:
    return replace(scene.consent.retention, erase_by=scene.consent.not_after.date())


def test_a_record_for_one_act_is_a_key_of_its_own_each_time() -> None:
    again = replace(ALONE, salt=bytes([1]) * 32)
    other = helped(Method.ASSISTED_WORKER, helper(WITNESS, "worker"))
    assert len({one.key_id for one in (ALONE, again, other, KEY)}) == 4
    assert KEY.key_id == replace(KEY, salt=bytes([1]) * 32).key_id


@pytest.mark.parametrize(
    "changes", [{"record": b"short"}, {"role": "any role"}, {"public_key": b"short"}]
)
def test_whoever_signs_for_somebody_is_named_by_record_role_and_key(
    changes: dict[str, object],
) -> None:
    with pytest.raises(InvalidInputError):
        replace(helper(WORKER, "worker"), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("own", [{"public_key": KEY.public_key}, {"cose_key": b"cose"}])
def test_a_record_of_those_who_sign_for_somebody_has_no_key_of_that_person(
    own: dict[str, bytes],
) -> None:
    with pytest.raises(InvalidInputError, match="has the person's key"):
        replace(ALONE, **own)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "assistants"),
    [
        (Method.ASSISTED_WORKER, ()),
        (Method.ASSISTED_WORKER, (helper(WORKER, "witness"),)),
        (Method.ASSISTED_WORKER, (helper(WORKER, "worker"), helper(WITNESS, "witness"))),
        (Method.ASSISTED_WITNESSED, (helper(WORKER, "worker"),)),
        (Method.ASSISTED_WITNESSED, (helper(WORKER, "worker"), helper(WORKER, "witness"))),
        (Method.PAPER, ()),
    ],
)
def test_a_record_names_just_those_who_sign_by_its_method(
    method: Method, assistants: tuple[AssistantKey, ...]
) -> None:
    with pytest.raises(InvalidInputError):
        helped(method, *assistants)


@given(
    st.sampled_from(ActLevel),
    st.sampled_from(ActLevel),
    st.sampled_from(IdentityLevel),
    st.sampled_from(IdentityLevel),
)
def test_asking_for_more_never_lets_more_through(
    act: ActLevel, more_act: ActLevel, identity: IdentityLevel, more: IdentityLevel
) -> None:
    low_act, high_act = sorted((act, more_act), key=lambda one: one.rank)
    low, high = sorted((identity, more), key=lambda one: one.rank)
    scene = signed_alone(ALONE)
    for key, consent in ((KEY, SCENE.consent), (ALONE, scene.consent)):
        if reaches(consent, key, identity=high, act=high_act):
            assert reaches(consent, key, identity=low, act=low_act)
