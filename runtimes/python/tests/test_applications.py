"""Tests the two applications: the runtime's own, and the one that a package extends."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List, Tuple

from fastapi import HTTPException
from vitrine_runtime import create_app
from vitrine_runtime.app import runtime_app
from vitrine_runtime.release import read_release

RUNTIME = Path(__file__).parents[1]
MANIFEST = {"id": "adder", "name": "加法", "version": "1.2.0", "description": "两个数之和", "input": {"type": "number"}}
SERVED = """
import sys
from vitrine_runtime.app import runtime_app
runtime_app()
import uvicorn.protocols.http.auto, uvicorn.lifespan.on
print(" ".join({name.split(".")[0] for name in sys.modules}))
"""


def ask(app: Any, method: str, path: str, body: bytes = b"", config_key: str = "") -> Tuple[int, Dict[str, str], bytes]:
    """The status, the headers and the body of an application's answer to one request."""
    sent: List[Dict[str, Any]] = []

    async def receive() -> Dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"vitrine-config-key", config_key.encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b"", "root_path": ""}
    asyncio.run(app(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:])


class Applications(unittest.TestCase):
    """One release, which each application of a test serves."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "vitrine.json"
        self.file.write_text(json.dumps({"manifest": MANIFEST}), "utf-8")
        self.release = read_release({"VITRINE_RELEASE_FILE": str(self.file), "VITRINE_MEDIA_DIR": folder.name})

    def document(self, app: Any) -> Dict[str, Any]:
        """The OpenAPI document that an application answers with."""
        status, _, body = ask(app, "GET", "/openapi.json")
        self.assertEqual(status, 200)
        found: Dict[str, Any] = json.loads(body)
        return found

    def test_the_runtime_alone_does_not_load_fastapi(self) -> None:
        env = {"PATH": os.defpath, "PYTHONPATH": str(RUNTIME), "VITRINE_RELEASE_FILE": str(self.file)}
        run = [sys.executable, "-c", SERVED]
        loaded = subprocess.run(run, env=env, capture_output=True, text=True, check=True).stdout.split()
        self.assertIn("starlette", loaded)
        self.assertEqual({"fastapi", "pydantic"} & set(loaded), set())

    def test_both_applications_have_the_same_routes_and_the_same_document(self) -> None:
        apps = [runtime_app(self.release), create_app(self.release)]
        first, second = [self.document(app) for app in apps]
        self.assertEqual(first, second)
        self.assertEqual(first["info"], {"title": "加法", "version": "1.2.0", "description": "两个数之和"})
        for method, path in (("GET", "/health"), ("GET", "/info"), ("HEAD", "/docs"), ("PUT", "/predict"), ("GET", "/no")):
            status, headers, body = ask(apps[0], method, path)
            other = ask(apps[1], method, path)
            self.assertEqual((status, headers.keys()), (other[0], other[1].keys()), path)
            if path != "/health":
                self.assertEqual(body, other[2], path)

    def test_a_package_adds_its_own_route_to_the_platforms(self) -> None:
        app = create_app(self.release)

        @app.get("/twice/{number}")
        def twice(number: int) -> int:
            return 2 * number

        self.assertEqual(ask(app, "GET", "/twice/21")[::2], (200, b"42"))
        self.assertEqual(ask(app, "GET", "/twice/none")[0], 422)
        paths = self.document(app)["paths"]
        self.assertLessEqual({"/predict", "/health", "/twice/{number}"}, paths.keys())

    def test_what_a_route_of_a_package_raises_is_answered_as_fastapi_does(self) -> None:
        app = create_app(self.release)

        @app.get("/secret/{name}")
        def secret(name: str) -> None:
            if name == "none":
                raise HTTPException(404, "no such secret")
            raise HTTPException(401, {"reason": "no key"}, headers={"WWW-Authenticate": "Bearer"})

        status, headers, body = ask(app, "GET", "/secret/own")
        self.assertEqual((status, json.loads(body)), (401, {"detail": {"reason": "no key"}}))
        self.assertEqual(headers["www-authenticate"], "Bearer")
        status, _, body = ask(app, "GET", "/secret/none")
        self.assertEqual((status, json.loads(body)), (404, {"detail": "no such secret"}))
        self.assertEqual(json.loads(ask(app, "GET", "/no")[2])["error"]["code"], "route.not_found")

    def test_the_middleware_of_a_package_applies_to_predict_too(self) -> None:
        app = create_app(self.release)

        @app.middleware("http")
        async def marked(request: Any, call_next: Any) -> Any:
            response = await call_next(request)
            response.headers["x-mark"] = request.url.path
            return response

        status, headers, _ = ask(app, "POST", "/predict", b'{"input_data": [1]}')
        self.assertEqual((status, headers["x-mark"]), (503, "/predict"))

    def test_with_the_key_a_change_of_another_form_is_422_and_without_it_the_path_does_not_exist(self) -> None:
        env = {"VITRINE_RELEASE_FILE": str(self.file), "VITRINE_CONFIG_KEY": "key"}
        for app in (runtime_app(read_release(env)), create_app(read_release(env))):
            status, _, body = ask(app, "POST", "/vitrine/config", b"[]", "key")
            self.assertEqual((status, json.loads(body)["error"]["code"]), (422, "request.invalid"))
            self.assertEqual(ask(app, "POST", "/vitrine/config", b"[]")[0], 404)


if __name__ == "__main__":
    unittest.main()
