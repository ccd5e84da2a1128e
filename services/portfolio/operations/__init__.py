"""What portfolio does: one function, one transaction, one entry in the journal."""

from services.portfolio.operations.agencies import change_agency, register_agency
from services.portfolio.operations.checking import check_journal
from services.portfolio.operations.common import EVERYWHERE, check_scope, number_key, scope_of, visible
from services.portfolio.operations.duplicates import candidates_of, relate
from services.portfolio.operations.life import enter_record_state, enter_state, void_project
from services.portfolio.operations.lists import ListFormat, write_list, write_template_list
from services.portfolio.operations.movements import record_movement
from services.portfolio.operations.people import erase_people, people, personal_values
from services.portfolio.operations.projects import change_project, register_project
from services.portfolio.operations.reading import story, with_flags
from services.portfolio.operations.requests import decide_change, request_change

__all__ = [
    "EVERYWHERE",
    "ListFormat",
    "candidates_of",
    "change_agency",
    "change_project",
    "check_journal",
    "check_scope",
    "decide_change",
    "enter_record_state",
    "enter_state",
    "erase_people",
    "number_key",
    "people",
    "personal_values",
    "record_movement",
    "register_agency",
    "register_project",
    "relate",
    "request_change",
    "scope_of",
    "story",
    "visible",
    "void_project",
    "with_flags",
    "write_list",
    "write_template_list",
]
