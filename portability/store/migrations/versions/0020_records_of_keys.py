"""Keys by the record that they stand for, and who has not answered an erasure yet."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("key_record", "revoke_record"):
        op.create_index(op.f(f"ix_subject_keys_{column}"), "subject_keys", [column])
    op.create_index(
        "ix_erasure_recipients_unanswered",
        "erasure_recipients",
        ["answer_by"],
        sqlite_where=sa.text("answer IS NULL"),
        postgresql_where=sa.text("answer IS NULL"),
    )
