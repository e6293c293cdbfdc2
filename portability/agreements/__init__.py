"""The packs that are shipped: law as data, one TOML file per agreement."""

from importlib.resources import files

from portability.errors import NoAgreementError

_SUFFIX = ".toml"


def pack_ids() -> tuple[str, ...]:
    """The ids of all shipped packs, sorted."""
    names = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def pack_source(pack_id: str) -> bytes:
    """The TOML source of one pack. Raises NoAgreementError naming the known ids."""
    if pack_id not in pack_ids():
        raise NoAgreementError(
            f"there is no agreement of that name; known are {', '.join(pack_ids())}",
            field="agreement",
        )
    return files(__name__).joinpath(pack_id + _SUFFIX).read_bytes()
