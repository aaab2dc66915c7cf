import type { PackageFiles } from '../support/api-client.ts'

const requirements = 'fastapi\nuvicorn\nwebsockets\npython-multipart\n'

/** A FastAPI app with a page of its own: a module script, a request and a WebSocket, as Gradio and Streamlit have. */
export const pageApp: PackageFiles = {
  'app.py': `from fastapi import FastAPI, WebSocket
from fastapi.responses import HTMLResponse, Response

app = FastAPI()

PAGE = """<!doctype html><html lang=en><title>Own page</title>
<body style="font: 16px sans-serif; padding: 24px"><h1>Own page</h1>
<label>Name <input id=name value=you></label> <button id=greet>Greet</button>
<p id=said>nothing yet</p><p id=line>no line</p>
<script type=module src=./hello.js></script></body></html>"""

SCRIPT = """export {}
const said = document.querySelector('#said')
document.querySelector('#greet').addEventListener('click', async () => {
  const name = document.querySelector('#name').value
  const answer = await fetch('./greet?name=' + encodeURIComponent(name), { method: 'POST' })
  said.textContent = (await answer.json()).words
})
const socket = new WebSocket(new URL('./line', location.href.replace(/^http/, 'ws')))
socket.onmessage = ({ data }) => (document.querySelector('#line').textContent = data)
"""


@app.get("/", response_class=HTMLResponse)
def page():
    return PAGE


@app.get("/hello.js")
def script():
    return Response(SCRIPT, media_type="text/javascript")


@app.post("/greet")
def greet(name: str):
    return {"words": f"Hello {name}"}


@app.websocket("/line")
async def line(socket: WebSocket):
    await socket.accept()
    await socket.send_text("the line is open")
    await socket.receive_text()
`,
  'requirements.txt': requirements,
}

/** A FastAPI service with an API of its own and no page: a file and a form, JSON, and an answer that is a picture. */
export const apiApp = ({ uploads = '/v1/measure' } = {}): PackageFiles => ({
  'service.py': `import struct
import zlib
from enum import Enum

from fastapi import FastAPI, File, Form, HTTPException, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, Field

app = FastAPI(title="Measures")


class Order(str, Enum):
    best = "best"
    worst = "worst"


class Words(BaseModel):
    text: str = Field(description="What is to be counted", max_length=1000)
    top: int = Field(3, ge=1, le=5, description="How many words at most")


@app.post("${uploads}", summary="Measure a picture")
async def measure(
    picture: UploadFile = File(description="A picture of any size"),
    order: Order = Form(Order.best),
    limit: int = Form(2, ge=1, le=3),
):
    content = await picture.read()
    if not content.startswith(b"\\x89PNG"):
        raise HTTPException(415, f"{picture.filename} is no PNG but {picture.content_type}")
    found = [{"class": "large", "confidence": min(1, len(content) / 1000)}, {"class": "small", "confidence": 0.1}]
    found.sort(key=lambda each: each["confidence"], reverse=order is Order.best)
    return {"took": 1, "results": found[:limit]}


@app.post("/v1/words", summary="Count words")
def words(body: Words):
    counts = {word: body.text.split().count(word) for word in body.text.split()}
    rows = [{"word": word, "count": count} for word, count in counts.items()]
    return {"rows": sorted(rows, key=lambda row: -row["count"])[: body.top]}


@app.get("/v1/square/{name}", summary="A square of a colour")
def square(name: str):
    colours = {"red": (255, 0, 0), "blue": (0, 0, 255)}
    if name not in colours:
        raise HTTPException(404, f"no colour {name}")
    row = b"\\0" + bytes(colours[name]) * 8

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    png = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row * 8)) + chunk(b"IEND", b"")
    return Response(png, media_type="image/png")
`,
  'requirements.txt': requirements,
})
