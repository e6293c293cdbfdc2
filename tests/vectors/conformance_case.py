"""What a conformance case is, and the register into which each module writes its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.vectors.conformance_story import ROOTS, listed, log_lines

FORK: Final = "fork"
"""In place of a step: the log is shown to have two histories."""

PINNED: Final = ("--root-key", ROOTS[0].public.hex())
OWN_POLICY: Final = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A bundle with its list, the verifier's arguments, and the verifier's own files."""

    bundle: Mapping[str, bytes]
    arguments: tuple[str, ...] = PINNED
    own_files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``expected`` is step and cause; empty where the bundle must verify."""

    name: str
    note: str
    expected: tuple[str, str] | None
    make: Callable[[], Made]


CASES: dict[str, Case] = {}

Make = Callable[[], Made]


def refused(name: str, step: int | str, cause: str, note: str) -> Callable[[Make], Make]:
    """A bundle that must not verify, and the step and cause that must be among those given."""
    label = step if isinstance(step, str) else f"step {step}"
    return _register(f"{name}_fail", (label, cause), note)


def accepted(name: str, note: str) -> Callable[[Make], Make]:
    """A bundle that must verify."""
    return _register(name, None, note)


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


def _register(name: str, expected: tuple[str, str] | None, note: str) -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        if name in CASES:
            raise RuntimeError(f"there are two cases called {name}")
        CASES[name] = Case(name=name, note=note, expected=expected, make=make)
        return make

    return keep
