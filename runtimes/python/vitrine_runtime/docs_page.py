"""A page that shows the OpenAPI document, without anything from the internet. The Node runtime serves the same one."""

import json
from pathlib import Path

DOCS_PAGE = "\n".join(json.loads((Path(__file__).parent / "docs-page.json").read_text("utf-8"))["html"])
