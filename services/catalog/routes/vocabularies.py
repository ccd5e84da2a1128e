"""The controlled vocabularies over HTTP."""

from fastapi import APIRouter, Request, Response

from services.catalog import operations, rules
from services.catalog.contract import InvalidVocabulary, UnknownVocabulary, Vocabulary
from services.catalog.routes.common import READ, READERS, WRITE, CodePath, IfNoneMatch, run
from services.catalog.store import CatalogStore
from services.shared.errors import Malformed, PreconditionFailed, PreconditionRequired
from services.shared.pages import Page
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.get("/vocabularies", response_model=Page[Vocabulary], tags=["vocabularies"], responses=problems(*READ))
async def vocabularies(request: Request, who: Who) -> Response:
    """The controlled vocabularies with their terms."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await CatalogStore(connection).vocabularies()
    return json_response(f'{{"items":[{",".join(found)}],"next":null}}')


@router.get(
    "/vocabularies/{code}",
    response_model=Vocabulary,
    tags=["vocabularies"],
    responses=problems(*READ, UnknownVocabulary),
)
async def vocabulary(request: Request, who: Who, code: CodePath, if_none_match: IfNoneMatch = None) -> Response:
    """One vocabulary."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await CatalogStore(connection).vocabulary(code)
    if found is None:
        raise UnknownVocabulary(code=code)
    return json_response(found["body"], str(found["version"]), if_none_match)


@router.put(
    "/vocabularies/{code}",
    response_model=Vocabulary,
    tags=["vocabularies"],
    responses=problems(*WRITE, InvalidVocabulary, PreconditionRequired, PreconditionFailed)
    | {201: {"model": Vocabulary, "description": "there was none of this code before"}},
)
async def set_vocabulary(request: Request, write: Writing, code: CodePath, vocabulary: Vocabulary) -> Response:
    """Set a vocabulary; where it stands already, If-Match names the version that was read."""
    write.caller.needs("editor")
    if vocabulary.code != code:
        detail = f"the path says {code}, the body {vocabulary.code}"
        raise Malformed(errors=[rules.problem("/code", "code_differs", detail)])
    return await run(request, write, lambda c: operations.set_vocabulary(c, write, vocabulary))
