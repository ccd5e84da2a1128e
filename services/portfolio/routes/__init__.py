"""Portfolio over HTTP."""

from fastapi import APIRouter

from services.portfolio.routes import agencies, feed, life, movements, projects, relations

router = APIRouter()
for part in (agencies, projects, life, relations, movements, feed):
    router.include_router(part.router)
