"""What peers signed for: which statements they have, and since when."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("acknowledge_time", BIG, nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("statement_id", "peer", name=op.f("pk_acknowledgements")),
    )
