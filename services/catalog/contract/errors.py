"""The errors that catalog raises."""

from services.shared.errors import Conflict, Invalid, NotFound


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
