"""PostgreSQL: one pool, whose readers see one snapshot and cannot write."""

from typing import Final

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from portability.store.data_keys import watch_keys
from portability.store.engines import Engines
from portability.store.failures import watch

_POOL_SECONDS: Final = 30
_CONNECT_SECONDS: Final = 10

_SETTINGS: Final = {
    "application_name": "portability",
    "jit": "off",
    # Every query goes by an index; a table that grew faster than its statistics would be scanned.
    "enable_seqscan": "off",
    "synchronous_commit": "on",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


def engines(url: URL, readers: int) -> Engines:
    """Of a database server; both take their connections out of one pool."""
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=readers + 1,
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,  # a server that was restarted costs nobody a call
        connect_args={"server_settings": _SETTINGS, "timeout": _CONNECT_SECONDS},
    )
    watch(engine)
    watch_keys(engine)
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(reader=reader, writer=engine, close=engine.dispose)
