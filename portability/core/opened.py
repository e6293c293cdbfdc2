"""Making many frozen values whose parts are known to be right, as fast as Python sets anything."""


def opened(kind: type) -> type:
    """
    A twin of a frozen dataclass with slots, whose parts can be set one by one.

    Whoever has set all of them makes ``kind`` its class, and it is frozen again. A frozen class
    sets each of its parts by a call, which for the thousands of rows of a history takes longer than
    all that is done with them.
    """
    settable = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(f"_Open{kind.__name__}", (kind,), {"__slots__": (), **settable})
