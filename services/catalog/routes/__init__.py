"""Catalog over HTTP."""

from fastapi import APIRouter

from services.catalog.routes import editions, feed, nodes, plans, targets, vocabularies

router = APIRouter()
for part in (plans, editions, nodes, targets, vocabularies, feed):
    router.include_router(part.router)
