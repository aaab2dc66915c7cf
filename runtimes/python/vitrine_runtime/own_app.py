"""The application that a package extends: a FastAPI app with the platform's routes."""

from __future__ import annotations

from typing import Any, Dict, Optional

from fastapi import FastAPI, HTTPException
from fastapi.exception_handlers import http_exception_handler
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException as RoutingException
from starlette.requests import Request
from starlette.responses import Response

from .http_messages import Receive, Scope, Send
from .openapi import openapi_document, stated_words
from .predict_route import PredictRoute
from .release import Release, read_release
from .routes import http_error, is_direct, routes_of
from .service import Service


class VitrineApp(FastAPI):
    """``POST /predict`` goes straight to its handler, and everything else through FastAPI."""

    service: Service
    predict_route: PredictRoute

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry. If a package has its own middleware, ``/predict`` goes through it too."""
        if is_direct(self, scope):
            await self.predict_route(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def openapi(self) -> Dict[str, Any]:
        """The OpenAPI document, with the schemas of this algorithm's input and parameters."""
        if self.openapi_schema is None:
            manifest = self.service.release.manifest
            self.openapi_schema = openapi_document(manifest, get_openapi(**stated_words(manifest), routes=self.routes))
        return self.openapi_schema


def own_app(release: Optional[Release] = None) -> VitrineApp:
    """See ``create_app`` of the package."""
    service = Service(release or read_release())
    served = routes_of(service)
    words = stated_words(service.release.manifest)
    app = VitrineApp(
        title=words["title"], version=words["version"], docs_url=None, redoc_url=None, lifespan=served.lifespan
    )
    app.service = service
    app.predict_route = served.predict
    app.router.routes.extend(served.routes)
    app.add_exception_handler(RoutingException, _answered)
    return app


async def _answered(request: Request, error: Exception) -> Response:
    """Answers what a route of the package raises as FastAPI does, and a request that no route takes as the platform
    does. One handler for both, so that a package can replace it.
    """
    is_of_package = isinstance(error, HTTPException)
    if isinstance(error, RoutingException) and (is_of_package or error.status_code not in (404, 405)):
        return await http_exception_handler(request, error)
    return await http_error(request, error)
