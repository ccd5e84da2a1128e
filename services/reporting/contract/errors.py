"""What reporting refuses."""

from services.shared.errors import Invalid, NotFound, Unavailable


class UnknownPlanHere(NotFound):
    """No plan {plan} is known here at that moment: GET /api/v1/plans lists the plans."""


class UnknownFilterValue(Invalid):
    """A filter names something that does not exist: see errors."""


class NotYetKnown(Unavailable):
    """What was recorded at {recorded_at} is not wholly known here yet: ask again in a moment."""
