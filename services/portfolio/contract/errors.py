"""What portfolio refuses, and why."""

from services.shared.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownAgency(NotFound):
    """There is no agency {agency}: register it with POST /api/v1/agencies."""


class AgencyTaken(Conflict):
    """Agency {agency} is registered already."""


class InvalidAgency(Invalid):
    """The agency can not be registered: see errors."""


class UnknownProject(NotFound):
    """There is no project {project} that you may see."""


class ProjectNoTaken(Conflict):
    """Number {project_no} under the same issuing body is registered already as project {project}."""


class InvalidProject(Invalid):
    """The project can not stand as it is: see errors."""


class InvalidMovement(Invalid):
    """The movement can not be entered: see errors."""


class AgencyNotAllowed(Forbidden):
    """Agency {agency} is outside your scope: you act for {scope} and its subordinates."""


class TransitionNotAllowed(Conflict):
    """A project in state {state} can not enter {to}; it may enter: {allowed}."""


class SecondPersonNeeded(Forbidden):
    """This needs a second person: {subject} made the registration."""


class ProjectVoid(Conflict):
    """Project {project} is void: nothing is changed any more."""
