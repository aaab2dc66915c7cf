"""A page that shows the OpenAPI document without loading anything from the internet. The Node runtime serves
the same page.
"""

import json
from pathlib import Path

DOCS_PAGE = "\n".join(json.loads((Path(__file__).parent / "docs-page.json").read_text("utf-8"))["html"])
