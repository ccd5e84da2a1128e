"""The entries of the catalog's journal: the form of `after` for each kind."""

from datetime import date
from typing import Any

from pydantic import BaseModel

from services.catalog.contract.editions import Crosswalk, EditionStatus
from services.catalog.contract.observations import Observation
from services.catalog.contract.plans import PlanDocument
from services.catalog.contract.targets import Responsibilities, Target
from services.catalog.contract.values import Slug, Wire
from services.catalog.contract.vocabularies import Vocabulary
from services.shared.entries import entry_schema


class PlanPublished(Wire):
    """after of `plan_published`: an edition of a plan, whole."""

    edition: int
    plan: PlanDocument


class EditionDrafted(Wire):
    """after of `edition_drafted` and `edition_withdrawn`: that there is a draft, and which.

    Everyone who follows the journal reads this, and a draft is for editors alone: so its content is named by hash.
    """

    plan: Slug
    edition: int
    previous: int
    status: EditionStatus
    document_sha256: str


class CrosswalkSet(Wire):
    """after of `crosswalk_set`: that a draft's crosswalk was set; the rows come with `edition_published`."""

    plan: Slug
    from_edition: int
    to_edition: int
    version: int
    rows_sha256: str


class EditionPublished(Wire):
    """after of `edition_published`: an edition that follows another one, whole, with the crosswalk that leads to it."""

    edition: int
    plan: PlanDocument
    previous: int
    effective_from: date
    crosswalk: Crosswalk


class VocabularySet(Wire):
    """after of `vocabulary_set`."""

    vocabulary: Vocabulary


class TargetSet(Wire):
    """after of `target_set`, a target that stands, and of `target_proposed`, one that does not count yet."""

    target: Target


class ResponsibilitySet(Wire):
    """after of `responsibility_set`: all who answer for a node."""

    responsibilities: Responsibilities


class ObservationRecorded(Wire):
    """after of `observation_recorded`."""

    observation: Observation


JOURNAL_KINDS: dict[str, type[BaseModel]] = {
    "plan_published": PlanPublished,
    "edition_drafted": EditionDrafted,
    "edition_withdrawn": EditionDrafted,
    "crosswalk_set": CrosswalkSet,
    "edition_published": EditionPublished,
    "vocabulary_set": VocabularySet,
    "target_proposed": TargetSet,
    "target_set": TargetSet,
    "responsibility_set": ResponsibilitySet,
    "observation_recorded": ObservationRecorded,
}
"""The shape of `after` for each kind of entry in the catalog's journal."""


def journal_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a whole entry of this kind, as the feed's `body` holds it."""
    return entry_schema("catalog", kind, JOURNAL_KINDS[kind])
