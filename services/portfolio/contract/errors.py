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


class RecordStepNotAllowed(Conflict):
    """A record that is {status} can not become {to}; it may become: {allowed}."""


class RecordNotPublished(Conflict):
    """The record is {status}: it has to be published before this is done."""


class RecordLocked(Conflict):
    """The record is {status}: {what}."""


class ChangeRequestNeeded(Conflict):
    """These fields are decided on by a second person in this plan: {fields}. Send the change to
    POST /api/v1/projects/{project}/change-requests with a reason."""


class ChangeRequestOpen(Conflict):
    """Change request {number} of this project is open: it has to be decided or withdrawn first."""


class ChangeRequestDecided(Conflict):
    """Change request {number} was {status} already."""


class UnknownChangeRequest(NotFound):
    """This project has no change request {number}."""


class GuardNotMet(Conflict):
    """The state {to} needs more than was given: see errors."""


class ReasonRequired(Invalid):
    """Say why personal data is to be seen: `?reason=` with at least 4 characters; it is kept in the access log."""


class ProjectVoid(Conflict):
    """Project {project} is void: nothing is changed any more."""
