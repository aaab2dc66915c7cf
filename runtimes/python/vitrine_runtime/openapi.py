"""The OpenAPI document of one algorithm's service."""

from __future__ import annotations

from typing import Any, Dict, Optional

Json = Dict[str, Any]


def stated_words(manifest: Json) -> Dict[str, str]:
    """The title, the version and the description of an algorithm."""
    return {
        "title": str(manifest.get("name") or manifest.get("id")),
        "version": str(manifest.get("version", "0")),
        "description": str(manifest.get("description", "")),
    }


def openapi_document(manifest: Json, own: Optional[Json] = None) -> Json:
    """The document of the platform's routes, together with the one of a package's own routes if there is one."""
    info = {name: text for name, text in stated_words(manifest).items() if text}
    document: Json = own or {"openapi": "3.1.0", "info": info}
    paths = {"/predict": {"post": _predict(manifest)}, "/predict/{id}": _kept()}
    paths["/health"] = {"get": _get("Health", "READY or BUSY", {"503": _plain("Not ready")})}
    paths["/info"] = {"get": _get("The manifest of the algorithm", "The manifest", {})}
    document["paths"] = {**paths, **document.get("paths", {})}
    return document


def _plain(description: str) -> Json:
    return {"description": description, "content": {"application/json": {"schema": {"type": "object"}}}}


def _get(summary: str, answer: str, others: Json) -> Json:
    return {"summary": summary, "responses": {"200": _plain(answer), **others}}


def _kept() -> Json:
    given = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    unknown = {"404": _plain("Unknown or expired")}
    others = {"202": _plain("Not finished yet"), **unknown}
    deleted = {"summary": "End a kept prediction and forget it", "responses": {"204": {"description": "Done"}, **unknown}}
    return {
        "parameters": [given],
        "get": _get("A kept prediction: its answer, or its events (Accept: text/event-stream)", "The answer", others),
        "delete": deleted,
    }


def _predict(manifest: Json) -> Json:
    body = {
        "type": "object",
        "required": ["input_data"],
        "properties": {
            "input_data": {"type": "array", "items": manifest.get("input") or {}},
            "batch_id": {"type": "string", "maxLength": 200},
            "parameters": manifest.get("parameters") or {"type": "object"},
        },
    }
    examples = {
        str(example["name"]): {
            "value": {key: example[key] for key in ("input_data", "parameters") if example.get(key) is not None}
        }
        for example in manifest.get("examples") or []
    }
    content: Json = {"schema": body, **({"examples": examples} if examples else {})}
    return {
        "summary": "Run the algorithm on a list of inputs",
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "200": _plain("All or some elements succeeded"),
            "202": _plain("Prefer: respond-async: the result is at Location"),
            "422": _plain("The request or every element is invalid"),
            "500": _plain("Every element failed"),
            "503": _plain("The service is not ready"),
        },
    }
