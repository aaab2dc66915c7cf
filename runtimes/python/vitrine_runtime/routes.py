"""The platform's routes, for the runtime's own application and for one that a package extends."""

from __future__ import annotations

import contextlib
from typing import Any, AsyncContextManager, AsyncIterator, Callable, List, NamedTuple, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from .docs_page import DOCS_PAGE
from .encode import encode
from .http_messages import Receive, Scope, Send
from .kept_files import type_of
from .live_config import CONFIG_PATH, configure
from .predict_route import PredictRoute
from .prediction_route import PredictionRoute
from .problems import Problem
from .request_headers import RequestHeaders
from .service import Service
from .sniff import kind_of


class _Application(Protocol):
    user_middleware: List[Any]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class ServedRoutes(NamedTuple):
    """What an application needs to serve one service."""

    predict: PredictRoute
    routes: List[BaseRoute]
    lifespan: Callable[[Any], AsyncContextManager[None]]


def routes_of(service: Service) -> ServedRoutes:
    """The routes of a service. ``lifespan`` starts it and waits at the end for the jobs that it accepted."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        service.start()
        yield
        await service.stop()

    predict = PredictRoute(service)
    kept = PredictionRoute(predict.answers, predict.kept)
    routes: List[BaseRoute] = [
        Route("/predict", endpoint=predict, methods=["POST"]),
        Route("/predict/{id}", endpoint=kept, methods=["GET", "DELETE"]),
        Route("/health", _health, include_in_schema=False),
        Route("/info", _info, include_in_schema=False),
        Route("/outputs/{name}", _output_file, include_in_schema=False),
        Route("/docs", _docs, include_in_schema=False),
        Route(CONFIG_PATH, configure, methods=["POST"], include_in_schema=False),
    ]
    return ServedRoutes(predict, routes, lifespan)


def is_direct(app: _Application, scope: Scope) -> bool:
    """Whether a request is one for ``/predict`` that needs no other part of an application. Middleware of a package
    applies to ``/predict`` too.
    """
    is_predict = scope["type"] == "http" and scope["path"] == "/predict" and scope["method"] == "POST"
    return is_predict and not app.user_middleware


def json_response(body: str, status: int = 200) -> Response:
    """An answer of JSON text."""
    return Response(body, status, media_type="application/json")


async def _health(request: Request) -> Response:
    health = request.app.service.health
    return json_response(encode(health), 200 if health["status"] in ("READY", "BUSY") else 503)


async def _info(request: Request) -> Response:
    return json_response(encode(request.app.service.info))


async def _docs(_: Request) -> Response:
    return HTMLResponse(DOCS_PAGE)


async def _output_file(request: Request) -> Response:
    path = request.app.service.published.find(request.path_params["name"])
    if path is None:
        raise HTTPException(404)
    mime = type_of(path)
    # A result is only shown, so a page or an SVG with a script in it gets no rights.
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
    if kind_of(mime) == "file":
        headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return FileResponse(path, media_type=mime, headers=headers)


async def http_error(request: Request, error: Exception) -> Response:
    """Answers a request that no route takes, with a code and a sentence."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = "route.method_not_allowed" if status == 405 else "route.not_found"
    if status not in (404, 405):
        code = "service.internal"
    problem = Problem(code, {"path": request.url.path, "method": request.method})
    language = RequestHeaders(request.scope["headers"]).language
    return json_response(encode({"error": problem.body(language)}), status)
