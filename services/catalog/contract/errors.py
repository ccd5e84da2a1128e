"""The errors that catalog raises."""

from services.shared.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownPlan(NotFound):
    """There is no plan {plan}: GET /api/v1/plans lists those that there are."""


class UnknownNode(NotFound):
    """There is no node {code} in plan {plan}: search with GET /api/v1/plans/{plan}/nodes?q=…"""


class UnknownEdition(NotFound):
    """There is no edition {edition} of plan {plan}."""


class UnknownVocabulary(NotFound):
    """There is no vocabulary {code}: GET /api/v1/vocabularies lists those that there are."""


class PlanSlugTaken(Conflict):
    """Plan {plan} stands already with other content."""


class InvalidPlan(Invalid):
    """The plan does not hold together: see errors."""


class InvalidVocabulary(Invalid):
    """The vocabulary does not hold together: see errors."""


class InvalidTarget(Invalid):
    """The target can not stand: see errors."""


class UnknownCrosswalk(NotFound):
    """There is no crosswalk from edition {from_edition} to edition {to_edition} of plan {plan}: one leads to each
    edition from the one that it follows, GET /api/v1/plans/{plan}/crosswalks lists them."""


class DraftStands(Conflict):
    """Plan {plan} has a draft already, edition {edition}: replace it with PUT, publish it or withdraw it."""


class EditionNotDraft(Conflict):
    """Edition {edition} of plan {plan} is {status}: only a draft may change. Make another one with POST
    /api/v1/plans/{plan}/editions."""


class EditionNotPublishable(Invalid):
    """The draft can not be published as it stands: see errors."""


class InvalidCrosswalk(Invalid):
    """The crosswalk does not hold together: see errors."""


class TargetNotProposed(Conflict):
    """The latest version of this target is {version}, {status}: approve the version that is proposed, if any."""


class UnknownTarget(NotFound):
    """Plan {plan} has no target for node {node}, this year and these sources."""


class AnotherEditorNeeded(Forbidden):
    """You entered this target: another editor approves it."""


class InvalidResponsibilities(Invalid):
    """The responsibilities can not stand: see errors."""


class UnknownIndicator(NotFound):
    """Plan {plan} has no indicator {code}: GET /api/v1/plans/{plan}/indicators lists those that it has."""


class InvalidObservation(Invalid):
    """The observation can not stand: see errors."""
