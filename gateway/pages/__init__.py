"""The pages for people: made here from what the services answer to the person who is signed in, without a script."""

from fastapi import APIRouter

from gateway.pages import evidence, reading, signing
from gateway.pages.asking import Neighbourhood

router = APIRouter()
router.include_router(signing.router)
router.include_router(reading.router)
router.include_router(evidence.router)

__all__ = ["Neighbourhood", "router"]
