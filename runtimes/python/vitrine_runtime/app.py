"""The application that serves an algorithm with the platform's routes alone.

It is built on Starlette. FastAPI, which is for packages that add their own routes (``own_app.py``), would take most of
the time and much of the memory of a start.
"""

from __future__ import annotations

from typing import Optional

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .encode import encode
from .http_messages import Receive, Scope, Send
from .openapi import openapi_document
from .release import Release, read_release
from .routes import http_error, is_direct, json_response, routes_of
from .service import Service


class RuntimeApp(Starlette):
    """``POST /predict`` goes straight to its handler, and everything else through Starlette."""

    def __init__(self, service: Service) -> None:
        served = routes_of(service)
        routes = [*served.routes, Route("/openapi.json", _openapi, include_in_schema=False)]
        super().__init__(routes=routes, exception_handlers={HTTPException: http_error}, lifespan=served.lifespan)
        self.service = service
        self.predict_route = served.predict

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if is_direct(self, scope):
            await self.predict_route(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def runtime_app(release: Optional[Release] = None) -> RuntimeApp:
    """Creates the application of the release that the environment names. Raises if there is none."""
    return RuntimeApp(Service(release or read_release()))


async def _openapi(request: Request) -> Response:
    return json_response(encode(openapi_document(request.app.service.manifest)))
