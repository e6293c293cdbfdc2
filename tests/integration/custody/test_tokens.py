"""Keys in a real PKCS#11 token: SoftHSM, as Debian packages it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from portability.custody.files import FileWrappingKey, KeyRules, Mode
from portability.custody.loading import load_signer, load_wrapping_key
from portability.custody.passphrases import Secrets
from portability.custody.places import TokenPlace, parse_place
from portability.custody.tokens import Token, TokenSigner, TokenWrappingKey
from portability.errors import ConfigurationError, KeyUnavailableError
from portability.ledger.keys import key_id, verify_signature
from tests.integration.custody.softhsm import PIN, SoftHsm

RULES = KeyRules(Mode.PRODUCTION, None, Secrets({"PIN": PIN, "WRONG": "99999999"}))
NONCE = bytes(range(12))
TOKEN = "keys of a node"

# what the library says when it tidies up after a session that is gone
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def token(softhsm: SoftHsm) -> SoftHsm:
    softhsm.add_token(TOKEN)
    for label in ("log", "node"):
        softhsm.make_signer(TOKEN, label)
    softhsm.make_aes(TOKEN, "wrapping")
    return softhsm


def place(token: SoftHsm, label: str, *, pin: str = "env:PIN") -> TokenPlace:
    found = parse_place(token.uri(TOKEN, label, pin=pin), Path())
    assert isinstance(found, TokenPlace)
    return found


def test_a_key_in_a_token_signs_as_any_other_and_each_is_its_own(token: SoftHsm) -> None:
    log, node = (load_signer(place(token, label), RULES) for label in ("log", "node"))
    for signer in (log, node):
        verify_signature(signer.public, b"a statement", signer.sign(b"a statement"))
        assert signer.key_id == key_id(signer.public)
    assert log.public != node.public


def test_signers_of_one_token_take_turns(token: SoftHsm) -> None:
    signers = [load_signer(place(token, label), RULES) for label in ("log", "node")]
    messages = [b"%d" % number for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(lambda at: signers[at % 2].sign(messages[at]), range(len(messages))))
    for at, signature in enumerate(signed):
        verify_signature(signers[at % 2].public, messages[at], signature)


def test_a_wrapping_key_in_a_token_opens_what_it_wrapped_for_that_place_alone(
    token: SoftHsm,
) -> None:
    key = load_wrapping_key(place(token, "wrapping"), RULES)
    wrapped = key.wrap(NONCE, b"k" * 32, b"persons/1")
    assert key.unwrap(NONCE, wrapped, b"persons/1") == b"k" * 32
    altered = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for data, aad in ((wrapped, b"persons/2"), (altered, b"persons/1"), (b"", b"persons/1")):
        with pytest.raises(InvalidTag):
            key.unwrap(NONCE, data, aad)
    assert key.unwrap(NONCE, wrapped, b"persons/1") == b"k" * 32


def test_a_wrapping_key_may_move_from_a_file_into_a_token(token: SoftHsm) -> None:
    wrapped = FileWrappingKey(b"w" * 32).wrap(NONCE, b"k" * 32, b"persons/1")
    token.import_aes(TOKEN, "moved", b"w" * 32)
    moved = load_wrapping_key(place(token, "moved"), RULES)
    assert moved.unwrap(NONCE, wrapped, b"persons/1") == b"k" * 32


def test_a_session_that_broke_off_is_opened_again(token: SoftHsm) -> None:
    one = Token(token.module, TOKEN, b"", PIN)
    signer = TokenSigner(one, place(token, "log"))
    wrapping = TokenWrappingKey(one, place(token, "wrapping"))
    wrapped = wrapping.wrap(NONCE, b"k" * 32, b"")
    one.run(lambda login: login.close())
    verify_signature(signer.public, b"after", signer.sign(b"after"))
    one.run(lambda login: login.close())
    assert wrapping.unwrap(NONCE, wrapped, b"") == b"k" * 32


def test_a_key_that_vanished_is_told_and_not_signed_without(token: SoftHsm) -> None:
    softly = "leaving"
    token.make_signer(TOKEN, softly)
    one = Token(token.module, TOKEN, b"", PIN)
    signer = TokenSigner(one, place(token, softly))
    token.destroy(TOKEN, softly)
    with pytest.raises(ConfigurationError, match="leaving"):
        signer.sign(b"too late")


def test_a_token_that_is_not_there_is_out_of_reach(token: SoftHsm) -> None:
    with pytest.raises(KeyUnavailableError, match="somewhere else"):
        load_signer(
            parse_place(token.uri("somewhere else", "log"), Path()),
            RULES,
        )


def test_a_library_that_is_none_is_out_of_reach(token: SoftHsm, tmp_path: Path) -> None:
    (tmp_path / "no.so").write_bytes(b"no library")
    uri = token.uri(TOKEN, "log").replace(str(token.module), str(tmp_path / "no.so"))
    with pytest.raises(KeyUnavailableError):
        load_signer(parse_place(uri, Path()), RULES)


def test_a_wrong_pin_is_told_without_showing_it(softhsm: SoftHsm) -> None:
    softhsm.add_token("pins")
    softhsm.make_signer("pins", "log")
    wrong = parse_place(softhsm.uri("pins", "log", pin="env:WRONG"), Path())
    with pytest.raises(ConfigurationError, match="refuses the PIN") as refusal:
        load_signer(wrong, RULES)
    assert "99999999" not in str(refusal.value)


def test_keys_that_are_missing_doubled_or_of_another_kind_are_refused(token: SoftHsm) -> None:
    for _ in range(2):
        token.make_signer(TOKEN, "twice")
    token.make_aes(TOKEN, "short", bits=128)
    for label, why in (("nobody", "not there"), ("twice", "more than once")):
        with pytest.raises(ConfigurationError, match=why):
            load_signer(place(token, label), RULES)
    with pytest.raises(ConfigurationError, match="not there"):
        load_signer(place(token, "wrapping"), RULES)
    with pytest.raises(ConfigurationError, match="256 bits"):
        load_wrapping_key(place(token, "short"), RULES)


def test_a_key_that_can_be_taken_out_of_its_token_is_refused(token: SoftHsm) -> None:
    token.make_signer(TOKEN, "loose", extractable=True)
    with pytest.raises(ConfigurationError, match="can be taken out"):
        load_signer(place(token, "loose"), RULES)
