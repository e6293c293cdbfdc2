"""What a conformance case is, and the register into which each module writes its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.vectors.conformance_story import ROOTS, listed, log_lines

FORK: Final = "fork"
"""In place of a step: the log is shown to have two histories."""

VERIFY: Final = "verify"
REPLAY: Final = "replay"
DISPUTE: Final = "dispute"

PINNED: Final = ("--root-key", ROOTS[0].public.hex())
OWN_POLICY: Final = "policy"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A bundle with its list, the verifier's arguments, and the verifier's own files."""

    bundle: Mapping[str, bytes]
    arguments: tuple[str, ...] = PINNED
    own_files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    ``command`` is what the bundle is put to. ``expected`` is for ``verify`` step and cause, for
    ``replay`` the kind of a step and why, for ``dispute`` the question and the words of its answer;
    None where there is nothing to name.
    """

    name: str
    note: str
    expected: tuple[str, str] | None
    make: Callable[[], Made]
    command: str = VERIFY


CASES: dict[str, Case] = {}

Make = Callable[[], Made]


def refused(name: str, step: int | str, cause: str, note: str) -> Callable[[Make], Make]:
    """A bundle that must not verify, and the step and cause that must be among those given."""
    label = step if isinstance(step, str) else f"step {step}"
    return _register(f"{name}_fail", (label, cause), note)


def accepted(name: str, note: str) -> Callable[[Make], Make]:
    """A bundle that must verify."""
    return _register(name, None, note)


def replayed(
    name: str, kind: str, why: str, note: str, *, fails: bool = True
) -> Callable[[Make], Make]:
    """The first step that must not follow; or one of which it cannot be said, and all others do."""
    return _register(f"replay-{name}{'_fail' if fails else ''}", (kind, why), note, REPLAY)


def follows(name: str, note: str) -> Callable[[Make], Make]:
    """A case in which every step must follow."""
    return _register(f"replay-{name}", None, note, REPLAY)


def disputed(
    name: str, question: str, words: str, note: str, *, fails: bool = True
) -> Callable[[Make], Make]:
    """What must be answered to a question; ``fails``: and stand against somebody."""
    return _register(f"dispute-{name}{'_fail' if fails else ''}", (question, words), note, DISPUTE)


def with_other(files: Mapping[str, bytes], other: Mapping[str, bytes]) -> Made:
    """As ``made``, with the bundle of the other party beside it."""
    beside = {f"{OTHER}/{path}": data for path, data in listed(dict(other)).items()}
    return Made(bundle=listed(dict(files)), arguments=(*PINNED, OTHER), own_files=beside)


def made(files: Mapping[str, bytes], *arguments: str) -> Made:
    """The files under a list that is true of them, as a forger would write it."""
    return Made(bundle=listed(dict(files)), arguments=arguments or PINNED)


def judged_by(files: Mapping[str, bytes], policy_lines: str) -> Made:
    """As ``made``, verified with a policy of the verifier's own."""
    return Made(
        bundle=listed(dict(files)),
        arguments=(*PINNED, "--policy", OWN_POLICY),
        own_files={OWN_POLICY: (log_lines() + policy_lines).encode()},
    )


def _register(
    name: str, expected: tuple[str, str] | None, note: str, command: str = VERIFY
) -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        if name in CASES:
            raise RuntimeError(f"there are two cases called {name}")
        CASES[name] = Case(name=name, note=note, expected=expected, make=make, command=command)
        return make

    return keep
