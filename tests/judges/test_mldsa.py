"""What a node publishes under a cosignature of ML-DSA-44, read by tlog-scales."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.node.whole import make_layout, node
from tests.integration.witness.nodes import append
from tests.integration.witness.test_mldsa import give_large_key, published

judge = pytest.importorskip("tlog_scales.tlog", reason="needs tlog-scales as a judge")
signing = pytest.importorskip("tlog_scales.signing", reason="needs tlog-scales as a judge")


@pytest.mark.asyncio
async def test_the_judge_finds_the_signatures_of_the_log_and_of_its_large_witness_good(
    tmp_path: Path,
) -> None:
    layout = make_layout(tmp_path / "federation")
    give_large_key(layout, "ES")
    async with node(layout, "FR") as (france, _), node(layout, "ES"):
        await append(france, 3)
        note = await published(france, 3)
        directory = france.directory()
    (witness,) = directory.witness_vkeys("FR", None)["ES"]
    log = directory.log_vkey("FR", datetime.now(UTC))
    checkpoint = judge.Checkpoint.from_text(note.decode())
    keys = {signing.Vkey.from_string(str(key)) for key in (log, witness)}
    valid = signing.VkeySet(*keys).verify(checkpoint.signatures, checkpoint)
    assert keys == {key for key, _ in valid}
