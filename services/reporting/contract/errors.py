"""What reporting refuses."""

from services.shared.errors import Conflict, Invalid, NotFound, Unavailable


class UnknownPlanHere(NotFound):
    """No plan {plan} is known here at that moment: GET /api/v1/plans lists the plans."""


class NothingKnownThen(NotFound):
    """Nothing of the plan {plan} was known at {recorded_at}: it is known since {since}."""


class UnknownFilterValue(Invalid):
    """A filter names something that does not exist: see errors."""


class NotYetKnown(Unavailable):
    """What was recorded at {recorded_at} is not wholly known here yet: ask again in a moment."""


class GapNotApplicable(Invalid):
    """A cut by agency, district, class or stage, and what one agency sees, has no gaps, so that its gap_threshold would
    never be told: leave the threshold out, or the filter."""


class TooManyRowsForFile(Invalid):
    """The file has no room for the report: {reason}."""


class UnknownSavedReport(NotFound):
    """You have no saved report {saved}: GET /api/v1/reports/saved lists yours."""


class UnknownRun(NotFound):
    """The saved report has no month's end {as_of}: GET /api/v1/reports/saved/{saved}/runs lists them."""


class TooManySaved(Invalid):
    """{most} reports are saved already: delete one that is not needed."""


class UnknownLine(NotFound):
    """Edition {edition} of the plan {plan} has no line {code}: use the code of a node, or total."""


class UnknownSnapshot(NotFound):
    """There is no snapshot {snapshot}: GET /api/v1/snapshots lists them."""


class SnapshotNotReady(Conflict):
    """The snapshot is {status}: its package stands once it is ready; GET /api/v1/snapshots/{snapshot} tells."""


class PreviousNotApplicable(Invalid):
    """The snapshot {previous} can not come before this one: {reason}."""


class NothingInSpan(Invalid):
    """Nothing of the access log lies between {since} and {until}: name a moment that has passed, and a later one."""


class AccessLogNotContinued(Conflict):
    """Entries up to position {after} have arrived; those given do not come after them, in their order."""


class SnapshotsOfTwoPlans(Invalid):
    """The snapshots are of two plans, {before} and {after}: a diff is of one."""


class DiffReversed(Invalid):
    """The positions {earlier} lie beyond {later} in at least one journal: name the earlier ones first."""


class NothingToDraw(Invalid):
    """What the snapshot {snapshot} is about holds nothing that could be drawn: no project counts on its day, or none
    has a positive value of this figure."""


class UnknownSample(NotFound):
    """The snapshot {snapshot} has no sample {sample}: GET /api/v1/snapshots/{snapshot}/samples lists them."""


class UnknownFinding(NotFound):
    """The snapshot {snapshot} has no finding {finding}: GET /api/v1/snapshots/{snapshot}/findings lists them."""


class StepNotAllowed(Conflict):
    """The finding is {status}; you may not make it {to}, but: {allowed}."""


class UnknownSchedule(NotFound):
    """There is no schedule {schedule}: GET /api/v1/snapshots/schedules lists them."""
