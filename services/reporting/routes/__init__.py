"""Reporting over HTTP."""

from fastapi import APIRouter

from services.reporting.routes import accesslog, coverage, cuts, desk, diff, files, rates, saved, schedules, snapshots

router = APIRouter()
for part in (coverage, cuts, rates, files, saved, diff, desk, schedules, snapshots, accesslog):
    router.include_router(part.router)
