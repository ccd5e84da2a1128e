"""Reporting over HTTP."""

from fastapi import APIRouter

from services.reporting.routes import coverage, cuts, files, rates, saved, snapshots

router = APIRouter()
for part in (coverage, cuts, rates, files, saved, snapshots):
    router.include_router(part.router)
