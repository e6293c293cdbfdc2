"""Properties of scopes and of the gate: narrowing a consent never grants more."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from portability.consent.causes import RefusalCause
from portability.consent.gate import Granted, Refused
from portability.consent.permission import Uses
from portability.consent.scope import Action, Grant, covers, first_excess, intersect
from portability.consent.statements import ConsentState
from portability.core.periods import Branch
from tests.unit.consent.world import MALLORY, NOW, SCENE, Scene, grant, new_consent

FIELD_NAMES = ("period_type", "start_date", "end_date", "declared", "scheme")
DATATYPES = ("contribution-period", "life-certificate")
BRANCHES = (Branch.OLD_AGE, Branch.SURVIVORS, Branch.FAMILY)
FIRST, LAST = date(1975, 1, 1), date(2026, 1, 1)


def _some(values: tuple[object, ...]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    days = sorted(draw(st.tuples(st.dates(FIRST, LAST), st.dates(FIRST, LAST))))
    return Grant(
        branches=draw(_some(BRANCHES)),
        datatypes=draw(_some(DATATYPES)),
        actions=draw(_some(tuple(Action))),
        fields=draw(_some(FIELD_NAMES)),
        from_date=days[0],
        to_date=days[1],
    )


@st.composite
def narrower(draw: st.DrawFn, wide: Grant) -> Grant:
    """Some part of a grant."""
    length = (wide.to_date - wide.from_date).days
    first, last = sorted(draw(st.tuples(st.integers(0, length), st.integers(0, length))))
    return Grant(
        branches=draw(_some(wide.branches)),
        datatypes=draw(_some(wide.datatypes)),
        actions=draw(_some(wide.actions)),
        fields=draw(_some(wide.fields)),
        from_date=wide.from_date + timedelta(days=first),
        to_date=wide.from_date + timedelta(days=last),
    )


SCOPES = st.lists(grants(), min_size=1, max_size=4).map(tuple)


def _asking(asked: Grant, consented: tuple[Grant, ...]) -> Scene:
    one_branch = replace(asked, branches=asked.branches[:1])
    scene = replace(SCENE, consent=new_consent(grants=consented))
    return scene.with_request(asked=one_branch)


def _scope_of(decision: Granted | Refused) -> tuple[Grant, ...]:
    return decision.scope if isinstance(decision, Granted) else ()


@given(SCOPES, SCOPES)
def test_what_two_scopes_share_is_covered_by_both_and_the_same_either_way(
    one: tuple[Grant, ...], other: tuple[Grant, ...]
) -> None:
    shared = intersect(one, other)
    assert covers(one, shared)
    assert covers(other, shared)
    assert covers(intersect(other, one), shared)
    assert covers(shared, intersect(other, one))


@given(SCOPES, SCOPES)
def test_a_scope_that_covers_another_shares_all_of_it(
    one: tuple[Grant, ...], other: tuple[Grant, ...]
) -> None:
    assert covers(one, other) == covers(intersect(one, other), other)
    assert (first_excess(other, one) is None) == covers(one, other)


@given(st.data(), SCOPES, grants())
@settings(max_examples=60, deadline=None)
def test_narrowing_a_consent_never_grants_more(
    data: st.DataObject, wide: tuple[Grant, ...], asked: Grant
) -> None:
    narrow = tuple(data.draw(narrower(one)) for one in wide)
    before = _asking(asked, wide).decide()
    after = _asking(asked, narrow).decide()
    assert covers(_scope_of(before), _scope_of(after))
    if isinstance(before, Refused):
        assert isinstance(after, Refused)
    if isinstance(after, Granted) and not after.partial:
        assert isinstance(before, Granted)
        assert not before.partial


@given(SCOPES, grants())
@settings(max_examples=60, deadline=None)
def test_what_leaves_was_asked_for_and_allowed_and_nothing_allowed_is_held_back(
    allowed: tuple[Grant, ...], asked: Grant
) -> None:
    scene = _asking(asked, allowed)
    one_branch = scene.request().asked
    decision = scene.decide()
    scope = _scope_of(decision)
    assert covers((one_branch,), scope)
    assert covers(allowed, scope)
    rights = {Branch.OLD_AGE, Branch.SURVIVORS}
    if one_branch.branches[0] in rights:
        expected = intersect(intersect((one_branch,), allowed), SCENE.agreement.grants)
        assert covers(scope, expected)
    else:
        assert scope == ()
    if isinstance(decision, Granted):
        assert decision.partial == (not covers(scope, (one_branch,)))


_FAULTS = (
    ("caller", {"request_changes": {"key_id": MALLORY.key_id}}),
    ("signature", {"signer": MALLORY}),
    ("person", {"references": {}}),
    ("data", {"request_changes": {"agreement": "es-ma"}}),
    ("time", {"consent": new_consent(not_before=NOW + timedelta(days=1))}),
    ("frequency", {"uses": Uses(count=99, last=NOW)}),
    ("status", {"state": ConsentState.WITHDRAWN}),
)
_ROW_OF = {
    RefusalCause.CALLER_UNTRUSTED: "caller",
    RefusalCause.SIGNATURE_INVALID: "signature",
    RefusalCause.PERSON_UNKNOWN: "person",
    RefusalCause.AGREEMENT_OUTSIDE: "data",
    RefusalCause.NOT_YET_VALID: "time",
    RefusalCause.EXHAUSTED: "frequency",
    RefusalCause.WITHDRAWN: "status",
}


@given(st.sets(st.sampled_from([name for name, _ in _FAULTS]), min_size=1))
@settings(deadline=None)
def test_whatever_fails_together_the_earliest_check_is_the_cause(chosen: set[str]) -> None:
    scene = SCENE
    for name, changes in _FAULTS:
        if name in chosen:
            merged = dict(changes)
            if "request_changes" in merged:
                merged["request_changes"] = {**scene.request_changes, **changes["request_changes"]}
            scene = replace(scene, **merged)
    decision = scene.decide()
    assert isinstance(decision, Refused)
    assert _ROW_OF[decision.cause] == next(name for name, _ in _FAULTS if name in chosen)


def test_the_whole_scene_is_granted_before_anything_is_broken() -> None:
    assert isinstance(SCENE.decide(), Granted)
    assert covers((grant(),), _scope_of(SCENE.decide()))
