"""Passphrases and PINs come from the environment or a descriptor, and from nowhere else."""

import os
from pathlib import Path

import pytest

from portability.custody.passphrases import Secrets, SecretSource
from portability.errors import ConfigurationError


def test_a_passphrase_is_read_from_the_environment_without_its_newline() -> None:
    secrets = Secrets({"PASS": "correct horse\n"})
    assert secrets.read(SecretSource("env:PASS")) == b"correct horse"


def test_a_pipe_is_read_to_its_end_and_only_once() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"correct ")
    os.write(writing, b"horse\n")
    os.close(writing)
    secrets, source = Secrets({}), SecretSource(f"fd:{reading}")
    try:
        assert secrets.read(source) == b"correct horse"
        assert secrets.read(source) == b"correct horse"
    finally:
        os.close(reading)


def test_another_pipe_under_the_same_number_is_read_anew() -> None:
    secrets, found = Secrets({}), []
    for text in (b"first", b"second"):
        reading, writing = os.pipe()
        os.dup2(reading, 199)
        os.write(writing, text)
        for one in (reading, writing):
            os.close(one)
        found.append(secrets.read(SecretSource("fd:199")))
        os.close(199)
    assert found == [b"first", b"second"]


def test_a_file_behind_a_descriptor_is_read_from_its_start_each_time(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(b"correct horse\n")
    with path.open("rb") as file:
        file.read()
        source = SecretSource(f"fd:{file.fileno()}")
        assert Secrets({}).read(source) == Secrets({}).read(source) == b"correct horse"


@pytest.mark.parametrize("text", ["", "hunter2", "env:", "env:A B", "fd:-1", "fd:x", "file:/x"])
def test_a_passphrase_itself_or_another_place_is_no_source(text: str) -> None:
    with pytest.raises(ConfigurationError, match="env:NAME or fd:NUMBER"):
        SecretSource(text)


@pytest.mark.parametrize(
    ("environment", "source", "why"),
    [
        ({}, "env:PASS", "not set or empty"),
        ({"PASS": "\n"}, "env:PASS", "not set or empty"),
        ({"PASS": "x" * 1025}, "env:PASS", "more than 1024 bytes"),
        ({}, "fd:9999", "cannot be read"),
    ],
)
def test_a_missing_secret_is_named_by_its_place(
    environment: dict[str, str], source: str, why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why) as refusal:
        Secrets(environment).read(SecretSource(source))
    assert source in refusal.value.message
