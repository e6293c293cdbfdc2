"""Witnesses that a busy machine lets answer in time."""

import pytest

from portability.federation.channel import CallPolicy


@pytest.fixture(autouse=True)
def patient_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A node starts without a witness that does not answer soon. Who is away here refuses the
    connection at once; all others are awaited, though both nodes share one busy process.
    """
    for module in ("portability.node.parts", "portability.node.operating.heads"):
        monkeypatch.setattr(f"{module}.WITNESS_CALLS", CallPolicy(attempts=1, deadline_seconds=60))
