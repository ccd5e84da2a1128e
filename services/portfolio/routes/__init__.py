"""Portfolio over HTTP."""

from fastapi import APIRouter

from services.portfolio.routes import agencies, feed, imports, life, lists, movements, projects, relations

router = APIRouter()
for part in (agencies, lists, projects, life, relations, movements, imports, feed):
    router.include_router(part.router)
