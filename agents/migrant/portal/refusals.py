"""Why the portal does not show a page; each is answered with a page that says what to do next."""


class Refusal(Exception):  # noqa: N818  # the reasons are named for what they are
    """A request that gets another answer than the page that it asked for."""


class NotSignedIn(Refusal):
    """Nobody is signed in, or no longer."""


class BadForm(Refusal):
    """A form that no page of this portal sends."""


class ForeignForm(Refusal):
    """A form that another site sent, or whose page is too old."""


class NothingHere(Refusal):
    """There is no such page or thing, or it is somebody else's."""
