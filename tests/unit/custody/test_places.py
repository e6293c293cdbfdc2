"""Where keys are: paths and pkcs11: URIs as RFC 7512 writes them."""

from pathlib import Path

import pytest

from portability.custody.passphrases import SecretSource
from portability.custody.places import TokenPlace, parse_place
from portability.errors import ConfigurationError

BASE = Path("/etc/portability")
URI = "pkcs11:token=fr%20node;object=log;type=private?module-path=/lib/hsm.so&pin-source=env:PIN"


@pytest.mark.parametrize("text", ["keys/node.pem", "file:keys/node.pem"])
def test_a_path_is_relative_to_the_configuration(text: str) -> None:
    assert parse_place(text, BASE) == BASE / "keys/node.pem"


def test_an_absolute_path_stays_so() -> None:
    assert parse_place("file:/run/node.pem", BASE) == Path("/run/node.pem")


def test_a_uri_names_token_key_library_and_the_place_of_the_pin() -> None:
    assert parse_place(URI, BASE) == TokenPlace(
        module=Path("/lib/hsm.so"),
        token="fr node",
        serial=b"",
        label="log",
        id=b"",
        pin=SecretSource("env:PIN"),
    )


def test_a_key_may_be_named_by_its_id_and_a_token_by_its_serial() -> None:
    place = parse_place("pkcs11:serial=4f2b;id=%01%ff?pin-source=fd:3&module-path=/lib/x.so", BASE)
    assert isinstance(place, TokenPlace)
    assert (place.serial, place.id, place.pin.text) == (b"4f2b", b"\x01\xff", "fd:3")
    assert str(place) == "the key 01ff in the token 4f2b"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("token=fr%20node;", "", "token"),
        (";object=log", "", "object"),
        ("type=private", "type=cert", "type"),
        ("type=private", "type=private;type=private", "type"),
        ("type=private", "slot-name=x", "slot-name"),
        ("fr%20node", "fr%2node", "token"),
        ("fr%20node", "%ff", "token"),
        ("object=log", "object", "object"),
        ("/lib/hsm.so", "hsm.so", "module-path"),
        ("module-path=/lib/hsm.so&", "", "module-path"),
        ("&pin-source=env:PIN", "", "pin-source"),
        ("pin-source=env:PIN", "pin-value=1234", "pin-value"),
        ("pin-source=env:PIN", "pin-source=file:/etc/pin", "passphrase"),
    ],
)
def test_what_is_missing_unknown_or_secret_in_a_uri_is_named(
    old: str, new: str, field: str
) -> None:
    assert old in URI
    with pytest.raises(ConfigurationError) as refusal:
        parse_place(URI.replace(old, new, 1), BASE)
    assert refusal.value.context["field"] == field
    assert "1234" not in refusal.value.message


@pytest.mark.parametrize("text", ["", "file:", "a\x00b"])
def test_no_path_is_no_place(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_place(text, BASE)
