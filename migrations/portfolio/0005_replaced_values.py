"""Personal values that were replaced are forgotten, as they are from now on when it happens: no project's row names
their hashes, so that no erasure would find them."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# NOT EXISTS becomes one join by hash; NOT IN would go through all hashes of all projects for each value.
FORGET = (
    "DELETE FROM personal_value WHERE NOT EXISTS (SELECT FROM project"
    " CROSS JOIN LATERAL jsonb_each(personal::jsonb) AS person"
    " CROSS JOIN LATERAL jsonb_each_text(person.value) AS field WHERE field.value = personal_value.hash)"
)


def upgrade() -> None:
    op.execute(FORGET)
