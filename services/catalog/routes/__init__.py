"""Catalog over HTTP."""

from fastapi import APIRouter

from services.catalog.routes import editions, feed, indicators, nodes, plans, targets, vocabularies

router = APIRouter()
for part in (plans, editions, nodes, indicators, targets, vocabularies, feed):
    router.include_router(part.router)
