"""A page that shows the OpenAPI document, without anything from the internet."""

from pathlib import Path

DOCS_PAGE = (Path(__file__).parent / "docs.html").read_text("utf-8")
