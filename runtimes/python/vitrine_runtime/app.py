"""The application: a FastAPI app with Vitrine's routes. A package may add its own."""

from __future__ import annotations

import contextlib
from typing import Any, AsyncIterator, Dict, Optional

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from .docs_page import DOCS_PAGE
from .encode import encode
from .openapi import openapi_document
from .predict_route import PredictRoute
from .prediction_route import PredictionRoute
from .problems import Problem
from .release import Release, read_release
from .request_headers import RequestHeaders
from .service import Service
from .sniff import kind_of
from .kept_files import type_of


class VitrineApp(FastAPI):
    """``POST /predict`` goes straight to its handler, and everything else through FastAPI."""

    service: Service
    predict_route: PredictRoute

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI entry. If a package has its own middleware, ``/predict`` goes through it too."""
        direct = scope["type"] == "http" and scope["path"] == "/predict" and scope["method"] == "POST"
        if direct and not self.user_middleware:
            await self.predict_route(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def openapi(self) -> Dict[str, Any]:
        """The OpenAPI document, with the schemas of this algorithm's input and parameters."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi_document(self.service.release.manifest, self.routes)
        return self.openapi_schema


def create_app(release: Optional[Release] = None) -> VitrineApp:
    """Creates the application of the release that the environment names. Raises if there is none."""
    service = Service(release or read_release())
    manifest = service.release.manifest

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        await service.stop()

    title, version = str(manifest.get("name") or manifest.get("id")), str(manifest.get("version", "0"))
    app = VitrineApp(title=title, version=version, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.service = service
    app.predict_route = PredictRoute(service)
    app.router.routes.append(Route("/predict", endpoint=app.predict_route, methods=["POST"]))
    kept = PredictionRoute(app.predict_route.answers, app.predict_route.kept)
    app.router.routes.append(Route("/predict/{id}", endpoint=kept, methods=["GET", "DELETE"]))
    app.add_route("/health", _health, include_in_schema=False)
    app.add_route("/info", _info, include_in_schema=False)
    app.add_route("/outputs/{name}", _output_file, include_in_schema=False)
    app.add_route("/docs", _docs, include_in_schema=False)
    app.add_exception_handler(HTTPException, _http_error)
    return app


def _json(body: str, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")


async def _health(request: Request) -> Response:
    health = request.app.service.health
    return _json(encode(health), 200 if health["status"] in ("READY", "BUSY") else 503)


async def _info(request: Request) -> Response:
    return _json(encode(request.app.service.release.info))


async def _docs(_: Request) -> Response:
    return HTMLResponse(DOCS_PAGE)


async def _output_file(request: Request) -> Response:
    path = request.app.service.published.find(request.path_params["name"])
    if path is None:
        raise HTTPException(404)
    mime = type_of(path)
    # A result is only shown, never run: a page or an SVG with a script in it gets no rights.
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
    if kind_of(mime) == "file":
        headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return FileResponse(path, media_type=mime, headers=headers)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = "route.method_not_allowed" if status == 405 else "route.not_found"
    if status not in (404, 405):
        code = "service.internal"
    problem = Problem(code, {"path": request.url.path, "method": request.method})
    language = RequestHeaders(request.scope["headers"]).language
    return _json(encode({"error": problem.body(language)}), status)
