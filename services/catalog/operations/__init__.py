"""What catalog does: one function, one transaction, one entry in the journal."""

from services.catalog.operations.common import etag_of
from services.catalog.operations.editions import (
    crosswalk_etag,
    draft_edition,
    edition_of_row,
    publish_edition,
    replace_draft,
    set_crosswalk,
    withdraw_draft,
)
from services.catalog.operations.plans import publish_plan
from services.catalog.operations.targets import set_target
from services.catalog.operations.vocabularies import set_vocabulary

__all__ = [
    "crosswalk_etag",
    "draft_edition",
    "edition_of_row",
    "etag_of",
    "publish_edition",
    "publish_plan",
    "replace_draft",
    "set_crosswalk",
    "set_target",
    "set_vocabulary",
    "withdraw_draft",
]
