"""A development federation made on the spot: complete, owner-only, and never for production."""

import random
import stat
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from portability.errors import ConfigurationError
from portability.federation.directory import DirectoryFile
from portability.ledger.directory import KeyPurpose
from portability.node.config import load_config, load_keys, load_tls
from portability.node.development.federation import (
    FederationLayout,
    NodePorts,
    create_federation,
    open_federation,
    pick_ports,
)
from portability.node.keys import Mode, load_signer
from portability.node.tls import check_own_certificate

NOW = datetime(2026, 3, 2, 9, 40, 17, tzinfo=UTC)
PORTS = {
    "FR": NodePorts(listen=7001, observe=7002),
    "ES": NodePorts(listen=7003, observe=7004),
    "IT": NodePorts(listen=7005, observe=7006),
}


def randomness() -> Callable[[int], bytes]:
    return random.Random(7).randbytes  # noqa: S311  # seeded on purpose


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> FederationLayout:
    root = tmp_path_factory.mktemp("federation") / "new"
    return create_federation(root, PORTS, now=NOW, randomness=randomness())


def directory_of(layout: FederationLayout) -> DirectoryFile:
    settings = load_config(layout.nodes["FR"]).directory
    return DirectoryFile(
        settings.file,
        root_keys=settings.root_keys,
        threshold=settings.threshold,
        clock=lambda: NOW,
    )


@pytest.mark.parametrize("code", PORTS)
def test_each_node_is_configured_with_keys_that_the_directory_trusts(
    layout: FederationLayout, code: str
) -> None:
    config = load_config(layout.nodes[code])
    keys, _ = load_keys(config)
    directory = directory_of(layout)()
    for purpose, signer in ((KeyPurpose.NODE, keys.node), (KeyPurpose.LOG, keys.log)):
        assert signer.key_id in directory.keys(code, "", purpose, NOW)
        # log entries tell their time in whole hours, rounded down
        assert signer.key_id in directory.keys(code, "", purpose, NOW - timedelta(hours=1))
    assert directory.member(code).endpoint == str(config.listen)
    assert config.observe.port == PORTS[code].observe
    check_own_certificate(load_tls(config), config)


def test_no_two_nodes_share_a_secret(layout: FederationLayout) -> None:
    secrets = [path.read_bytes() for path in layout.root.rglob("*.key")]
    secrets += [path.read_bytes() for path in layout.root.rglob("*.pem") if "ca/" not in str(path)]
    assert len(set(secrets)) == len(secrets)


def test_every_private_key_is_owner_only_and_marked(layout: FederationLayout) -> None:
    private = [path for path in layout.root.rglob("*") if path.suffix in {".pem", ".key"}]
    private = [path for path in private if path.name != "certificate.pem"]
    assert len(private) > 20
    for path in private:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_bytes().startswith(b"# development key")


def test_production_refuses_what_was_made_here(layout: FederationLayout) -> None:
    config = layout.nodes["FR"]
    text = config.read_text(encoding="utf-8").replace('"development"', '"production"')
    other = config.with_name("production.toml")
    other.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refusal:
        load_keys(load_config(other))
    assert "development key" in refusal.value.message


@pytest.mark.parametrize(
    ("profile", "uri"),
    [
        ("fr-agency-cnav", "portability://FR/agency/cnav"),
        ("es-agency-inss", "portability://ES/agency/inss"),
        ("it-agency-pensions", "portability://IT/agency/pensions"),
        ("es-portal", "portability://ES/portal"),
        ("es-auditor", "portability://ES/auditor/tcu"),
        ("fr-auditor", "portability://FR/auditor/cdc"),
        ("fr-ombudsperson", "portability://FR/ombudsperson"),
        ("fr-operator", "portability://FR/operator"),
    ],
)
def test_each_profile_leads_to_a_certificate_of_its_role(
    layout: FederationLayout, profile: str, uri: str
) -> None:
    path = layout.profiles[profile]
    connection = tomllib.loads(path.read_text(encoding="utf-8"))["connection"]
    data = (path.parent / connection["certificate"]).read_bytes()
    certificate = x509.load_pem_x509_certificate(data)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [uri]
    assert names.get_values_for_type(x509.DNSName) == []
    assert connection["server_name"] == f"{profile[:2]}.node.portability.internal"
    for key in ("ca", "key"):
        assert (path.parent / connection[key]).is_file()


def test_an_agency_signs_with_the_key_that_the_directory_names(layout: FederationLayout) -> None:
    path = layout.profiles["fr-agency-cnav"]
    institution = tomllib.loads(path.read_text(encoding="utf-8"))["institution"]
    signer = load_signer(path.parent / institution["signing_key"], Mode.DEVELOPMENT)
    keys = directory_of(layout)().keys("FR", "cnav", KeyPurpose.INSTITUTION, NOW)
    assert set(keys) == {signer.key_id}


def test_institutions_are_named_as_the_person_knows_them(layout: FederationLayout) -> None:
    directory = directory_of(layout)()
    assert directory.institution("FR", "cnav").name == "Caisse nationale d'assurance vieillesse"
    inss = directory.institution("ES", "inss")
    assert inss.name == "Instituto Nacional de la Seguridad Social"


def test_a_federation_is_found_again_and_never_made_twice(layout: FederationLayout) -> None:
    assert open_federation(layout.root) == layout
    with pytest.raises(ConfigurationError):
        create_federation(layout.root, PORTS, now=NOW, randomness=randomness())


def test_where_there_is_none_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        open_federation(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError) as refusal:
        create_federation(tmp_path / "file" / "x", PORTS, now=NOW, randomness=randomness())
    assert "file/x" in refusal.value.message


def test_ports_that_are_free_are_all_different() -> None:
    assert len(set(pick_ports(8))) == 8
