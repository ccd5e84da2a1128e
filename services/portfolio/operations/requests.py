"""Change requests: what one person asks for and another decides on."""

from datetime import UTC, datetime
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import (
    ChangeRequest,
    ChangeRequestDecided,
    ChangeRequestOpen,
    Decision,
    InvalidProject,
    NewChangeRequest,
    Project,
    ProjectChange,
    RecordLocked,
    SecondPersonNeeded,
    UnknownChangeRequest,
)
from services.portfolio.operations.common import Step, changeable, published, take
from services.portfolio.operations.life import CHECKERS
from services.portfolio.operations.projects import changed, changing_step
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def request_change(
    connection: Connection, write: Write, id: UUID, new: NewChangeRequest, knowledge: Knowledge
) -> Answer:
    """Ask for a change of a published project: checked as the change itself would be, kept with before and after."""
    store = PortfolioStore(connection)
    held = await published(store, write, id)
    numbers = await store.change_requests(id)
    open_one = next((row["number"] for row in numbers if row["status"] == "open"), None)
    if open_one is not None:
        raise ChangeRequestOpen(number=open_one)
    if new.change.model_fields_set & {"pi", "contact"} and _has_personal_values(new.change):
        detail = "phone and e-mail are changed directly, without a request: leave them out here"
        raise InvalidProject(errors=[rules.problem("/change/pi", "personal_value_in_request", detail)])
    after, hashes = await changed(connection, write, held, new.change, knowledge)
    before_entry, after_entry = (
        rules.as_entry(project.model_dump(mode="json"), found)
        for project, found in ((held.project, held.hashes), (after, hashes))
    )
    changes = rules.difference(before_entry, after_entry)
    if not changes:
        raise InvalidProject(errors=[rules.problem("/change", "nothing_changes", "the project is so already")])
    request = ChangeRequest(
        project=id,
        number=len(numbers) + 1,
        status="open",
        reason=new.reason,
        documents=new.documents,
        changes=changes,
        warnings=rules.extension_warnings(held.project, after, knowledge),
        base_version=held.project.version + 1,
        requested_by=write.caller.subject,
        requested_at=datetime.now(UTC),
    )
    kept = new.change.model_dump_json(exclude_unset=True)
    await store.add_change_request(id, request.number, kept, request.model_dump_json())
    pending = held.project.model_copy(
        update={"record_status": "correction_pending", "version": held.project.version + 1}
    )
    more = {"request": request.model_dump(mode="json")}
    await take(
        connection, write, held, Step("change_requested", knowledge.today(), pending, reason=new.reason, more=more)
    )
    location = f"/api/v1/projects/{id}/change-requests/{request.number}"
    return Answer(201, request.model_dump_json(), location=location)


async def decide_change(
    connection: Connection, write: Write, id: UUID, number: int, decision: Decision, knowledge: Knowledge
) -> Answer:
    """Approve a change request (it makes the project's next version), reject it, or withdraw one's own."""
    store = PortfolioStore(connection)
    held = await changeable(store, write, id)
    row = await store.change_request(id, number)
    if row is None:
        raise UnknownChangeRequest(number=number)
    request = ChangeRequest.model_validate_json(row["body"])
    if request.status != "open":
        raise ChangeRequestDecided(number=number, status=request.status)
    own = request.requested_by == write.caller.subject
    if decision.decision == "withdrawn":
        if not own:
            raise RecordLocked(status="correction_pending", what="a request is withdrawn by who made it")
    else:
        write.caller.needs(*CHECKERS)
        if own:
            raise SecondPersonNeeded(subject=write.caller.subject)
    decided = request.model_copy(
        update={
            "status": decision.decision,
            "decided_by": write.caller.subject,
            "decided_at": datetime.now(UTC),
            "decision_reason": decision.reason,
        }
    )
    change = ProjectChange.model_validate_json(row["change"])
    after: Project = held.project
    hashes: rules.Hashes = held.hashes
    if decision.decision == "approved":
        after, hashes = await changed(connection, write, held, change, knowledge)
    after = after.model_copy(update={"record_status": "published", "version": held.project.version + 1})
    step = changing_step("change_decided", held, after, hashes, change, knowledge)
    await store.decide_change_request(id, number, decided.status, decided.model_dump_json())
    more = {"request": decided.model_dump(mode="json")}
    reason = decision.reason
    await take(connection, write, held, Step(step.kind, step.on, after, step.posted, reason, hashes, more))
    return Answer(200, decided.model_dump_json())


def _has_personal_values(change: ProjectChange) -> bool:
    persons = (change.pi, change.contact)
    return any(person is not None and (person.phone or person.email) for person in persons)
