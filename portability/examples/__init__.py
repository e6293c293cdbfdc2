"""Worked examples that are shipped: case files with their sources and expected results."""

from importlib.resources import files

from portability.errors import NotFoundError

_SUFFIX = ".toml"
_OTHER = "purpose-"  # templates of purposes of consent, which are no case files


def example_names() -> tuple[str, ...]:
    """The file names of all shipped case files, sorted."""
    names = (entry.name for entry in files(__name__).iterdir())
    return tuple(
        sorted(name for name in names if name.endswith(_SUFFIX) and not name.startswith(_OTHER))
    )


def example_source(name: str) -> bytes:
    """The TOML source of one shipped case file; raises NotFoundError if there is none."""
    if name not in example_names():
        raise NotFoundError(f"there is no shipped case file of that name; see {example_names()}")
    return files(__name__).joinpath(name).read_bytes()
