"""A node's configuration: strict, without defaults for secrets, clear about what is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from portability.custody.passphrases import Secrets
from portability.custody.places import TokenPlace
from portability.errors import ConfigurationError
from portability.ledger.keys import Ed25519Signer
from portability.node.calls.limits import Limits
from portability.node.config import Address, load_config, load_keys
from portability.node.erasure.rules import ErasureRules, ErasureSettings, Retention
from portability.node.keys import Mode, signer_pem, write_secret_file

ROOT = Ed25519Signer(b"\x07" * 32).public.hex()

PASSPHRASE = b"correct horse battery staple"
SECRETS = Secrets({"PASSPHRASE": PASSPHRASE.decode()})

CONFIG = f"""\
jurisdiction = "FR"
mode = "production"
listen = "0.0.0.0:7001"
observe = "127.0.0.1:7002"
database = "sqlite+aiosqlite:///node.db"
log_level = "warning"

[keys]
node = "keys/node.pem"
log = "keys/log.pem"
wrapping = "keys/wrapping.key"
index = "keys/index.key"

[tls]
certificate = "tls/certificate.pem"
key = "tls/key.pem"
ca = "/etc/portability/ca.pem"

[erasure]
folder = "erasure"
batch_hours = 24
answer_days = 14

[[erasure.retention]]
kind = "determination"
years = 10
citation = "CSS art. L.161-17"

[withdrawal]
url = "https://fr.example/withdraw"
phone = "+33 000"
office = "Any office"

[directory]
file = "../directory.json"
root_keys = ["{ROOT}"]
threshold = 1

[limits]
calls_per_second = 50
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_configuration_is_read_with_paths_beside_the_file(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, CONFIG))
    assert config.jurisdiction == "FR"
    assert config.mode is Mode.PRODUCTION
    assert config.listen == Address(host="0.0.0.0", port=7001)  # noqa: S104  # it is only read
    assert config.database == f"sqlite+aiosqlite:///{tmp_path.resolve()}/node.db"
    assert config.database_file == tmp_path.resolve() / "node.db"
    assert config.keys.node == tmp_path.resolve() / "keys/node.pem"
    assert config.tls.ca == Path("/etc/portability/ca.pem")
    assert config.directory.root_keys == (bytes.fromhex(ROOT),)
    assert config.limits == Limits(calls_per_second=50)
    assert config.erasure == ErasureSettings(
        folder=tmp_path.resolve() / "erasure",
        rules=ErasureRules(
            retentions=(Retention(kind="determination", years=10, citation="CSS art. L.161-17"),),
            batch=timedelta(hours=24),
            answer_within=timedelta(days=14),
        ),
    )
    assert config.withdrawal.office == "Any office"
    assert config.log_level == "warning"


@pytest.mark.parametrize(("mode", "most"), [("production", 750), ("development", 250)])
def test_answers_wait_between_two_moments_that_lie_apart_in_production(
    tmp_path: Path, mode: str, most: int
) -> None:
    waiting = f"[answers]\nmost_milliseconds = {most}\n\n[limits]"
    text = CONFIG.replace("[limits]", waiting).replace('"production"', f'"{mode}"')

    found = load_config(written(tmp_path, text)).answers

    assert (found.least, found.most) == (timedelta(milliseconds=250), timedelta(milliseconds=most))


def test_answers_do_not_end_before_they_begin(tmp_path: Path) -> None:
    backwards = "[answers]\nleast_milliseconds = 2\nmost_milliseconds = 1\n\n[limits]"
    text = CONFIG.replace("[limits]", backwards).replace('"production"', '"development"')

    with pytest.raises(ConfigurationError, match="not be less than least_milliseconds"):
        load_config(written(tmp_path, text))


def test_a_database_server_has_no_file_and_its_password_is_not_shown(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://node:hunter2@db/portability"
    text = CONFIG.replace("sqlite+aiosqlite:///node.db", url)
    config = load_config(written(tmp_path, text))
    assert config.database == url
    assert config.database_file is None
    assert "hunter2" not in repr(config)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('jurisdiction = "FR"', 'jurisdiction = "fr"', "jurisdiction"),
        ('jurisdiction = "FR"', "jurisdiction = 1", "jurisdiction"),
        ('mode = "production"', 'mode = "prod"', "mode"),
        ('mode = "production"\n', "", "mode"),
        ('listen = "0.0.0.0:7001"', 'listen = "7001"', "listen"),
        ('listen = "0.0.0.0:7001"', 'listen = "0.0.0.0:70010"', "listen"),
        ('observe = "127.0.0.1:7002"', 'observe = "0.0.0.0:7002"', "observe"),
        ('observe = "127.0.0.1:7002"', 'observe = "node.example:7002"', "observe"),
        ("sqlite+aiosqlite:///node.db", "sqlite:///node.db", "database"),
        ("sqlite+aiosqlite:///node.db", "sqlite+aiosqlite:///", "database"),
        ('log_level = "warning"', 'log_level = "loud"', "log_level"),
        ('wrapping = "keys/wrapping.key"\n', "", "keys.wrapping"),
        ('index = "keys/index.key"', 'index = "keys/index.key"\nspare = "x"', "keys.spare"),
        ('ca = "/etc/portability/ca.pem"\n', "", "tls.ca"),
        ('phone = "+33 000"\n', "", "withdrawal.phone"),
        ('phone = "+33 000"', 'phone = ""', "withdrawal.phone"),
        ("threshold = 1", "threshold = 2", "directory.threshold"),
        ("threshold = 1", "threshold = 0", "directory.threshold"),
        ("threshold = 1", "threshold = true", "directory.threshold"),
        (f'["{ROOT}"]', '["00"]', "directory.root_keys"),
        (f'["{ROOT}"]', f'["{"00" * 32}"]', "directory.root_keys"),
        ("calls_per_second = 50", "calls_per_second = 0", "limits.calls_per_second"),
        ("calls_per_second = 50", "calls_per_second = 1.5", "limits.calls_per_second"),
        ("calls_per_second = 50", "calls_per_minute = 50", "limits.calls_per_minute"),
        ("[limits]", "[limit]", "limit"),
        ("[limits]", "[answers]\nleast_milliseconds = -1\n[limits]", "answers.least_milliseconds"),
        ("[limits]", "[answers]\nmost_milliseconds = 60001\n[limits]", "answers.most_milliseconds"),
        ("[limits]", "[answers]\nmost_milliseconds = 749\n[limits]", "answers.most_milliseconds"),
        ("[limits]", "[answers]\nsoon = 1\n[limits]", "answers.soon"),
        ('folder = "erasure"\n', "", "erasure.folder"),
        ("batch_hours = 24", "batch_hours = -1", "erasure.batch_hours"),
        ("batch_hours = 24", "batch_hours = 721", "erasure.batch_hours"),
        ("answer_days = 14", "answer_days = 366", "erasure.answer_days"),
        ("years = 10", "years = 0", "erasure.retention[1].years"),
        ("years = 10\n", "", "erasure.retention[1].years"),
        ('kind = "determination"', 'kind = "Decision"', "erasure.retention[1].kind"),
        ('"CSS art. L.161-17"', '"number 1234567"', "erasure.retention[1].citation"),
        ('citation = "CSS art. L.161-17"\n', "", "erasure.retention[1].citation"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(
    tmp_path: Path, old: str, new: str, field: str
) -> None:
    assert old in CONFIG
    path = written(tmp_path, CONFIG.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as refusal:
        load_config(path)
    assert refusal.value.context["field"] == field
    assert str(path) in refusal.value.message


@pytest.mark.parametrize("text", ["", "jurisdiction = ", "\x00", '[keys]\nnode = "x"'])
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        load_config(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_config(tmp_path / "nowhere.toml")
    assert "nowhere.toml" in refusal.value.message


def test_without_terms_proofs_are_made_at_once_and_answers_expected_within_a_month(
    tmp_path: Path,
) -> None:
    start, end = CONFIG.index("batch_hours"), CONFIG.index("[withdrawal]")
    found = load_config(written(tmp_path, CONFIG[:start] + CONFIG[end:])).erasure.rules
    assert found == ErasureRules()
    assert (found.batch, found.answer_within) == (timedelta(0), timedelta(days=30))


def test_a_witness_key_may_be_left_out(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, CONFIG)).keys.witness is None
    named = CONFIG.replace("[tls]", 'witness = "keys/witness.pem"\n\n[tls]')
    found = load_config(written(tmp_path, named)).keys.witness
    assert found == tmp_path.resolve() / "keys/witness.pem"


def test_a_key_for_two_purposes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for name, seed in (("node", 1), ("log", 2), ("witness", 2)):
        pem = signer_pem(bytes([seed]) * 32)
        write_secret_file(tmp_path / f"keys/{name}.pem", pem, is_development=False)
    named = CONFIG.replace("[tls]", 'witness = "keys/witness.pem"\n\n[tls]')
    named = named.replace('mode = "production"', 'mode = "development"')
    with pytest.raises(ConfigurationError) as refused:
        load_keys(load_config(written(tmp_path, named)))
    assert refused.value.context["field"] == "keys.witness"


def test_a_file_that_is_named_for_two_purposes_is_refused(tmp_path: Path) -> None:
    twice = CONFIG.replace("keys/index.key", "keys/wrapping.key")
    with pytest.raises(ConfigurationError, match="one purpose"):
        load_config(written(tmp_path, twice))


def test_one_storage_key_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for number, name in enumerate(("node.pem", "log.pem", "wrapping.key", "index.key")):
        pem = signer_pem(bytes([min(number, 2)]) * 32, PASSPHRASE)
        write_secret_file(tmp_path / "keys" / name, pem, is_development=False)
    named = CONFIG.replace("[tls]", 'passphrase = "env:PASSPHRASE"\n\n[tls]')
    with pytest.raises(ConfigurationError) as refused:
        load_keys(load_config(written(tmp_path, named)), SECRETS)
    assert refused.value.context["field"] == "keys.index"


def test_encrypted_keys_of_production_open_with_the_passphrase_that_is_named(
    tmp_path: Path,
) -> None:
    (tmp_path / "keys").mkdir()
    for number, name in enumerate(("node.pem", "log.pem", "wrapping.key", "index.key")):
        pem = signer_pem(bytes([number]) * 32, PASSPHRASE)
        write_secret_file(tmp_path / "keys" / name, pem, is_development=False)
    named = CONFIG.replace("[tls]", 'passphrase = "env:PASSPHRASE"\n\n[tls]')
    keys, storage = load_keys(load_config(written(tmp_path, named)), SECRETS)
    assert keys.log.public == Ed25519Signer(b"\x01" * 32).public
    assert storage.index == b"\x03" * 32
    with pytest.raises(ConfigurationError, match="not set or empty"):
        load_keys(load_config(written(tmp_path, named)), Secrets({}))


def test_a_passphrase_in_the_configuration_itself_is_refused(tmp_path: Path) -> None:
    named = CONFIG.replace("[tls]", 'passphrase = "correct horse battery"\n\n[tls]')
    with pytest.raises(ConfigurationError) as refused:
        load_config(written(tmp_path, named))
    assert refused.value.context["field"] == "keys.passphrase"
    assert "horse" not in refused.value.message


def test_keys_in_a_token_are_named_by_their_uri(tmp_path: Path) -> None:
    uri = "pkcs11:token=fr;object=log?module-path=/lib/hsm.so&pin-source=env:PIN"
    found = load_config(written(tmp_path, CONFIG.replace("keys/log.pem", uri))).keys.log
    assert isinstance(found, TokenPlace)
    assert found.label == "log"
