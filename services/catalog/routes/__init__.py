"""Catalog over HTTP."""

from fastapi import APIRouter

from services.catalog.routes import feed, nodes, plans, targets, vocabularies

router = APIRouter()
for part in (plans, nodes, targets, vocabularies, feed):
    router.include_router(part.router)
