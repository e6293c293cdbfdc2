"""The pair of engines that every kind of database gives."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """
    Two ways into one database, and how both end.

    ``close`` closes every connection that either of them has opened, also those that the pool has
    lost sight of because their caller was cancelled.
    """

    reader: AsyncEngine
    writer: AsyncEngine
    close: Callable[[], Awaitable[None]]
