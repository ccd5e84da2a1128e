"""Reporting over HTTP."""

from fastapi import APIRouter

from services.reporting.routes import coverage, cuts, files, saved

router = APIRouter()
for part in (coverage, cuts, files, saved):
    router.include_router(part.router)
