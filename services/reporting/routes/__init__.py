"""Reporting over HTTP."""

from fastapi import APIRouter

from services.reporting.routes import coverage, files, saved

router = APIRouter()
for part in (coverage, files, saved):
    router.include_router(part.router)
