"""Bytes are found in a file wherever they lie in it."""

from pathlib import Path

import pytest

from portability.node.erasure.raw_files import holds_any


def test_bytes_are_found_across_the_pieces_in_which_a_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portability.node.erasure.raw_files.CHUNK_BYTES", 7)
    path = tmp_path / "file"
    path.write_bytes(b"x" * 5 + b"needle" + b"y" * 20)
    assert holds_any(path, [b"absent", b"needle"])
    assert not holds_any(path, [b"needles"])
    assert not holds_any(path, [])
