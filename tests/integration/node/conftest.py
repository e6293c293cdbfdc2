"""A federation that was made and does not run yet."""

from pathlib import Path

import pytest

from portability.node.development.federation import FederationLayout
from tests.integration.node.whole import make_layout


@pytest.fixture
def layout(tmp_path: Path) -> FederationLayout:
    return make_layout(tmp_path / "federation")
