"""What catalog does: one function, one transaction, one entry in the journal."""

from services.catalog.operations.checking import check_journal
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
from services.catalog.operations.observations import indicator_of, record_observation
from services.catalog.operations.plans import publish_plan
from services.catalog.operations.responsibilities import set_responsibilities
from services.catalog.operations.targets import approve_target, set_target
from services.catalog.operations.vocabularies import set_vocabulary

__all__ = [
    "approve_target",
    "check_journal",
    "crosswalk_etag",
    "draft_edition",
    "edition_of_row",
    "etag_of",
    "indicator_of",
    "publish_edition",
    "publish_plan",
    "record_observation",
    "replace_draft",
    "set_crosswalk",
    "set_responsibilities",
    "set_target",
    "set_vocabulary",
    "withdraw_draft",
]
