"""Reporting over HTTP."""

from fastapi import APIRouter

from services.reporting.routes import coverage, files

router = APIRouter()
for part in (coverage, files):
    router.include_router(part.router)
