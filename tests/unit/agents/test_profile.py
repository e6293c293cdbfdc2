"""Profiles and key files: every mistake is told with file and key before anything is sent."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from agents.migrant.keyring import load_key, make_key, note_person, person_of
from agents.profile import find_profile, load_profile, load_signer
from portability.custody.files import signer_pem
from portability.custody.places import TokenPlace
from portability.errors import ConfigurationError
from portability.ledger.keys import Ed25519Signer
from tests.unit.agents.rosa_case import ROOT

GOOD = f"""
[connection]
endpoint = "127.0.0.1:7001"
jurisdiction = "FR"
server_name = "fr.node.portability.internal"
ca = "ca.pem"
certificate = "me.pem"
key = "me.key"

[institution]
id = "cnav"
signing_key = "cnav.pem"

[directory]
file = "directory.json"
root_keys = ["{ROOT.public.hex()}"]
threshold = 1
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "profile.toml"
    path.write_text(text)
    return path


def test_a_profile_is_read_with_paths_relative_to_it(tmp_path: Path) -> None:
    profile = load_profile(written(tmp_path, GOOD))
    assert profile.connection.ca == tmp_path / "ca.pem"
    assert profile.acting_institution().id == "cnav"
    assert profile.directory.root_keys == (ROOT.public,)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('endpoint = "127.0.0.1:7001"', 'endpoint = "nowhere"', "endpoint must be HOST:PORT"),
        ('jurisdiction = "FR"', 'jurisdiction = "france"', "must be two capital letters"),
        ('server_name = "fr.node.portability.internal"\n', "", "server_name is missing"),
        ("threshold = 1", "threshold = 2", "must be between 1 and the number of root_keys"),
        ("threshold = 1", 'threshold = "1"', "must be a whole number"),
        (ROOT.public.hex(), "00" * 32, "is of small order"),
        ("[institution]", "[institutoin]", "institutoin is not a key that is known here"),
        ("[directory]", "[directory", "this is not valid TOML"),
    ],
)
def test_a_mistake_in_a_profile_is_told_with_its_key(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence) as raised:
        load_profile(written(tmp_path, GOOD.replace(old, new)))
    assert "profile.toml" in raised.value.message


def test_a_profile_without_an_institution_is_no_agencys(tmp_path: Path) -> None:
    head, _, rest = GOOD.partition("[institution]")
    profile = load_profile(
        written(tmp_path, head + "[directory]" + rest.partition("[directory]")[2])
    )
    with pytest.raises(ConfigurationError, match=r"has no \[institution\]"):
        profile.acting_institution()


def test_a_profile_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTABILITY_PROFILE", raising=False)
    with pytest.raises(ConfigurationError, match="no profile was named"):
        find_profile(None)
    monkeypatch.setenv("PORTABILITY_PROFILE", "here.toml")
    assert find_profile(None) == Path("here.toml")
    assert find_profile(Path("there.toml")) == Path("there.toml")


def pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_signing_key_must_be_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(b"a development key\n" + pem(Ed25519PrivateKey.generate()))
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="by others than its owner; run `chmod 600"):
        load_signer(path)
    path.chmod(0o600)
    assert len(load_signer(path).public) == 32


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no private key in PEM"),
        (
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "holds no private key in PEM",
        ),
        (pem(X25519PrivateKey.generate()), "a key that is not Ed25519"),
    ],
    ids=["empty", "no key", "another kind"],
)
def test_what_is_no_signing_key_is_told(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match=sentence):
        load_signer(path)


def test_production_asks_for_an_encrypted_key_and_for_the_place_of_its_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cnav.pem"
    path.write_bytes(pem(Ed25519PrivateKey.generate()))
    path.chmod(0o600)
    production = 'mode = "production"\n' + GOOD
    with pytest.raises(ConfigurationError, match="is not encrypted"):
        load_profile(written(tmp_path, production)).acting_institution().signer()
    seed, passphrase = bytes(range(32)), "correct horse battery staple"
    path.write_bytes(signer_pem(seed, passphrase.encode()))
    monkeypatch.setenv("PASS", passphrase)
    named = production.replace("[directory]", 'passphrase = "env:PASS"\n\n[directory]')
    signer = load_profile(written(tmp_path, named)).acting_institution().signer()
    assert signer.public == Ed25519Signer(seed).public
    bare = production.replace("[directory]", f'passphrase = "{passphrase}"\n\n[directory]')
    with pytest.raises(ConfigurationError, match="env:NAME") as refusal:
        load_profile(written(tmp_path, bare))
    assert passphrase not in refusal.value.message


def test_a_signing_key_may_be_in_a_token(tmp_path: Path) -> None:
    uri = "pkcs11:token=cnav;object=sign?module-path=/lib/hsm.so&pin-source=fd:3"
    found = load_profile(written(tmp_path, GOOD.replace("cnav.pem", uri))).acting_institution()
    assert isinstance(found.signing_key, TokenPlace)
    with pytest.raises(ConfigurationError, match=r"institution\.signing_key"):
        load_profile(written(tmp_path, GOOD.replace("cnav.pem", f"{uri}&pin-value=1")))


def test_a_persons_key_is_made_once_and_knows_whose_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rosa.pem"
    made = make_key(path, lambda size: bytes(range(size)))
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigurationError, match="does not say whom"):
        person_of(path)
    note_person(path, "persons/x")
    assert person_of(path) == "persons/x"
    assert load_key(path).signer.public == made.public
    with pytest.raises(ConfigurationError, match="a key is never overwritten"):
        make_key(path, bytes)
