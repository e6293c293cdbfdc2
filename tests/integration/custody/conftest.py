from collections.abc import Iterator

import pytest

from tests.integration.custody.softhsm import CONF, PIN, SoftHsm, find_softhsm


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(CONF, raising=False)
        patch.setenv("PIN", PIN)
        yield find_softhsm(tmp_path_factory.mktemp("softhsm"))
