import { expect, test } from 'vitest'
import { threadTimeMs } from '../../../../lib/thread-time.test-setup.ts'
import { readPackage } from '../package-reading.ts'
import { viewOf, type Files } from '../package.test-view.ts'
import { codeRoutes } from './code-routes.ts'

/** The routes of a package, each with its fields as `place name: type`. */
const routes = async (files: Files) =>
  (await codeRoutes(readPackage(viewOf(files)))).map(({ method, path, body, fields }) => [
    `${method} ${path}`,
    body,
    ...fields.map(({ name, place, type }) => `${place} ${name}: ${type}`),
  ])

test('routes of Flask are read with the fields that their handlers read', async () => {
  const app = `
from flask import Flask, request
app = Flask(__name__)

@app.route("/")
def home():
    return "hi"

@app.route("/reverse", methods=["POST"])
def reverse():
    data = request.get_json(force=True)
    return data["text"][::-1] + data.get('end', '')

@app.route("/label/<int:top>", methods=["GET", "POST"])
def label(top):
    picture = request.files["picture"]
    return request.form.get("note") + request.args.get('lang', 'en')

@app.post('/upper')
def upper():
    return request.json["word"].upper()  # request.json["not"]
`
  expect(await routes({ 'app.py': app })).toEqual([
    ['POST /reverse', 'json', 'body text: text', 'body end: text'],
    [
      'POST /label/{top}',
      'multipart',
      'path top: integer',
      'body picture: file',
      'body note: text',
      'query lang: text',
    ],
    ['POST /upper', 'json', 'body word: text'],
    ['GET /label/{top}', 'none', 'path top: integer', 'query lang: text'],
    ['GET /', 'none'],
  ])
})

test('the prefix of a blueprint comes before its routes, from wherever the application takes it', async () => {
  const files = {
    'main.py': `from words import words\nfrom tools import tools\napp.register_blueprint(words.words, url_prefix="/api")\n`,
    'words.py': `words = Blueprint("words", __name__)\n@words.post("/count")\ndef count(): ...\n`,
    'tools.py': `tools = Blueprint("tools", __name__, url_prefix="/tools")\n@tools.get("/list")\ndef all(): ...\n`,
  }
  expect((await routes(files)).map(([name]) => name)).toEqual(['POST /api/count', 'GET /tools/list'])
})

test('each router has its own prefix, though the files of an application give them one name', async () => {
  const files = {
    'app/main.py':
      'from app.api import api\nfrom app.routers import score\napp.include_router(score.router, prefix="/score")\napp.include_router(api, prefix="/api")\n',
    'app/api.py':
      'from .routers.users import router as users\napi = APIRouter(prefix="/v1")\napi.include_router(users)\n',
    'app/routers/__init__.py': '',
    'app/routers/score.py': 'router = APIRouter()\n@router.post("/text")\ndef text(): ...\n',
    'app/routers/users.py': 'router = APIRouter(prefix="/users")\n@router.get("/{id}")\ndef one(): ...\n',
    'admin.py':
      'bp = Blueprint("admin", __name__, url_prefix="/own")\n@bp.post("/a")\ndef a(): ...\napp.register_blueprint(bp, url_prefix="/given")\n',
  }
  expect((await routes(files)).map(([name]) => name)).toEqual([
    'POST /given/a',
    'POST /score/text',
    'GET /api/v1/users/{id}',
  ])
})

test('routers that take each other have an end', async () => {
  const app = 'a = APIRouter(prefix="/a")\na.include_router(a, prefix="/b")\n@a.post("/x")\ndef x(): ...\n'
  expect((await routes({ 'main.py': app })).map(([name]) => name)).toEqual([
    expect.stringMatching(/^POST \/.*\/x$/),
  ])
})

test('routes of aiohttp are those that it is told to add', async () => {
  const app = `app.router.add_post("/detect", detect)\napp.router.add_get('/a/{n:int}', a)\n`
  expect((await routes({ 'main.py': app })).map(([name]) => name)).toEqual(['POST /detect', 'GET /a/{n}'])
})

test('routes of Express are read with the fields that their handlers read', async () => {
  const app = `
const upload = multer()
const { x } = require('./x')
app.post('/translate', (req, res) => {
  const { text, to: target, limit = 3 } = req.body
  res.json(run(text, target, req.query.mode, limit))
})
app.post('/faces/:kind', upload.single('photo'), (req, res) => res.json(req.body.threshold))
router.get("/list", (req, res) => res.json([]))
app.use('/v1', router)
app.get('/health', ok)
fetch.get('https://elsewhere')
`
  expect(await routes({ 'server.js': app, 'public/page.js': app, 'node_modules/a/b.js': app })).toEqual([
    ['POST /translate', 'json', 'body text: text', 'body to: text', 'body limit: text', 'query mode: text'],
    ['POST /faces/{kind}', 'multipart', 'path kind: text', 'body photo: file', 'body threshold: text'],
    ['GET /v1/list', 'none'],
    ['GET /health', 'none'],
  ])
})

test('routes are read in TypeScript with elements of JSX as in JavaScript, and declarations of types are not', async () => {
  const app = "app.get('/', (c) => c.html(<Page title={c.req.query.name} />))\n"
  expect(await routes({ 'src/index.tsx': app, 'src/index.d.ts': app })).toEqual([
    ['GET /', 'none', 'query name: text'],
  ])
})

test('a megabyte of the slowest code is read in a second', async () => {
  const slow = [
    '@app.post(',
    'x = Blueprint(',
    'data = request.get_json(',
    'app.use("/a",',
    '{ a, ',
    '/<a:(',
  ].map((part) => part.repeat(Math.ceil(1_000_000 / part.length)))
  for (const text of slow) {
    const begun = threadTimeMs()
    await routes({ 'main.py': text, 'server.js': text })
    expect(threadTimeMs() - begun).toBeLessThan(5_000)
  }
})
