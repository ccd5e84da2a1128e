"""Parameters of a query: a misspelled one is refused, as is one that is given twice and stands once. Ignored, it would
answer another question than the one that was asked, and say 200."""

from typing import Any, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant

from services.shared.errors import Malformed

_KNOWN: dict[int, dict[str, bool]] = {}
"""By route its parameters, and whether each may be repeated."""


def only_known(request: Request) -> None:
    """What every route of a service depends on: Malformed where its query has parameters that it does not know."""
    route = request.scope["route"]
    known = _KNOWN.get(id(route))
    if known is None:
        known = _KNOWN[id(route)] = _parameters(route.dependant)
    given = request.query_params
    if not given:
        return
    wrong = [_unknown(name, known) for name in given.keys() - known.keys()]
    wrong += [_twice(name) for name in given.keys() & known.keys() if not known[name] and len(given.getlist(name)) > 1]
    if wrong:
        raise Malformed(errors=sorted(wrong, key=lambda part: part["pointer"]))


def _parameters(dependant: Dependant) -> dict[str, bool]:
    """Those of a route, and of all that it depends on."""
    own = {field.alias: get_origin(_plain(field.field_info.annotation)) is list for field in dependant.query_params}
    return own | {name: many for below in dependant.dependencies for name, many in _parameters(below).items()}


def _plain(annotation: Any) -> Any:
    """A type without the None that it may be instead."""
    kinds = [kind for kind in getattr(annotation, "__args__", ()) if kind is not type(None)]
    return annotation if get_origin(annotation) is list or len(kinds) != 1 else kinds[0]


def _unknown(name: str, known: dict[str, bool]) -> dict[str, str]:
    detail = f"{name} is no parameter here; there are {', '.join(sorted(known))}" if known else "none is taken here"
    return {"pointer": f"query/{name}", "code": "unknown_parameter", "detail": detail}


def _twice(name: str) -> dict[str, str]:
    return {"pointer": f"query/{name}", "code": "given_twice", "detail": f"{name} is given more than once"}
