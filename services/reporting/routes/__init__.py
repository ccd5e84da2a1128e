"""Reporting over HTTP."""

from fastapi import APIRouter

from services.reporting.routes import coverage, cuts, desk, diff, files, rates, saved, snapshots

router = APIRouter()
for part in (coverage, cuts, rates, files, saved, diff, desk, snapshots):
    router.include_router(part.router)
