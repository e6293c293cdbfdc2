"""What every table is made of: instants, large numbers, and the names of constraints."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    TypeDecorator,
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# SQLite keeps 64 bits in any INTEGER, and makes only a column of exactly that name its row id.
BIG: Final = BigInteger().with_variant(Integer(), "sqlite")


def microseconds(instant: datetime) -> int:
    """Microseconds since the Unix epoch: how an instant is stored."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A point in time, aware and in UTC, kept as whole microseconds since the Unix epoch."""

    impl = BIG
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def person_column(*, nullable: bool = False) -> Column[int]:
    """Whom a row is about."""
    return Column("person", BIG, ForeignKey("persons.id"), nullable=nullable)
