"""Who a certificate says its holder is."""

import pytest

from portability.errors import InvalidInputError
from portability.federation.identity import Identity, Role, node_server_name, parse_identity

NAMES = [
    ("portability://FR/node", Identity(jurisdiction="FR", role=Role.NODE)),
    (
        "portability://FR/agency/cnav",
        Identity(jurisdiction="FR", role=Role.AGENCY, institution="cnav"),
    ),
    ("portability://ES/portal", Identity(jurisdiction="ES", role=Role.PORTAL)),
    (
        "portability://ES/auditor/tcu",
        Identity(jurisdiction="ES", role=Role.AUDITOR, institution="tcu"),
    ),
    ("portability://ES/ombudsperson", Identity(jurisdiction="ES", role=Role.OMBUDSPERSON)),
    ("portability://FR/operator", Identity(jurisdiction="FR", role=Role.OPERATOR)),
]


@pytest.mark.parametrize(("uri", "identity"), NAMES)
def test_each_role_is_read_and_written_the_same(uri: str, identity: Identity) -> None:
    assert parse_identity(uri) == identity
    assert identity.uri == uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "portability://FR",
        "portability://FR/",
        "portability://fr/node",
        "portability://FRA/node",
        "portability://FR/node/",
        "portability://FR/node/cnav",
        "portability://FR/agency",
        "portability://FR/agency/",
        "portability://FR/agency/CNAV",
        "portability://FR/agency/cnav/x",
        "portability://FR/auditor",
        "portability://FR/king",
        "portability://FR/Node",
        "portability://FR/node\n",
        " portability://FR/node",
        "PORTABILITY://FR/node",
        "spiffe://FR/node",
        "portability://FR@ES/node",
        "portability://ＦＲ/node",
    ],
)
def test_any_other_name_is_refused(uri: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_identity(uri)


def test_the_server_name_is_that_of_the_jurisdiction() -> None:
    assert node_server_name("ES") == "es.node.portability.internal"
