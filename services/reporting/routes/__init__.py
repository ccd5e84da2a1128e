"""Reporting over HTTP."""

from fastapi import APIRouter

from services.reporting.routes import coverage

router = APIRouter()
for part in (coverage,):
    router.include_router(part.router)
