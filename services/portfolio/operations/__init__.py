"""What portfolio does: one function, one transaction, one entry in the journal."""

from services.portfolio.operations.agencies import change_agency, register_agency
from services.portfolio.operations.common import check_scope, number_key, scope_of, visible
from services.portfolio.operations.life import enter_state
from services.portfolio.operations.movements import record_movement
from services.portfolio.operations.projects import change_project, register_project, void_project

__all__ = [
    "change_agency",
    "change_project",
    "check_scope",
    "enter_state",
    "number_key",
    "record_movement",
    "register_agency",
    "register_project",
    "scope_of",
    "visible",
    "void_project",
]
