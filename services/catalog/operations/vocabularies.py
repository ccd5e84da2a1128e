"""Vocabularies, set as a whole."""

import json

from services.catalog import rules
from services.catalog.contract import InvalidVocabulary, Vocabulary, as_json
from services.catalog.operations.common import check_told, record
from services.catalog.store import CatalogStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def set_vocabulary(connection: Connection, write: Write, vocabulary: Vocabulary) -> Answer:
    """Set a vocabulary; one that stands takes If-Match with its version, a fresh one takes none or "0"."""
    problems = rules.vocabulary_problems(vocabulary)
    if problems:
        raise InvalidVocabulary(errors=problems)
    store = CatalogStore(connection)
    await store.lock("vocabulary", vocabulary.code)
    standing = await store.vocabulary(vocabulary.code)
    before_version = standing["version"] if standing else 0
    if standing or write.if_match is not None:
        write.matches(before_version)
    if standing:
        kinds = ("vocabulary_set",)
        await check_told(connection, vocabulary.code, kinds, "vocabulary", standing["body"], Vocabulary)
    version = before_version + 1
    body = vocabulary.model_dump_json()
    await store.set_vocabulary(vocabulary.code, version, body)
    before = {"vocabulary": json.loads(standing["body"])} if standing else None
    after = {"vocabulary": as_json(vocabulary)}
    await record(connection, "vocabulary_set", vocabulary.code, version, write, "UTC", before, after)
    return Answer(200 if standing else 201, body, str(version), f"/api/v1/vocabularies/{vocabulary.code}")
