import { describe, expect, test } from 'vitest'
import { inspect, type Files } from '../package.test-view.ts'
import { django, flask } from './web-app.test-packages.ts'

const waitress = (target: string) => `python -m waitress --host="$HOST" --port="$PORT" ${target}`

test.each([
  ['app, rt = fast_app()', ['web/.sesskey']],
  ['app, rt = fast_app(secret_key=os.environ.get("KEY", ""))', undefined],
])(
  'the key of the sessions of FastHTML is a file that it writes, unless it is given one: %s',
  async (line, files) => {
    const source = `from fasthtml.common import *\n${line}\nserve()\n`
    const { manifest } = await inspect({ 'web/main.py': source, 'web/requirements.txt': 'python-fasthtml\n' })
    expect(manifest?.launch?.writes_files).toEqual(files)
  },
)

describe('folders that an application writes to', () => {
  const launchOf = async (files: Files) => (await inspect(files)).manifest?.launch

  test.each([
    ['keeps files in its instance folder', 'app = Flask(__name__, instance_relative_config=True)\n'],
    ['has its database there', 'from flask_sqlalchemy import SQLAlchemy\napp = Flask(__name__)\n'],
  ])('are that of Flask, if the application %s', async (_why, lines) => {
    const files = {
      'src/shop/__init__.py': `from flask import Flask\n${lines}`,
      'requirements.txt': 'flask\n',
    }
    expect((await launchOf(files))?.writes).toEqual(['src/instance'])
    expect((await launchOf({ 'app.py': flask }))?.writes).toBeUndefined()
  })

  test.each([
    ["if not os.path.exists('logs'):\n    os.mkdir('logs')\n", ['logs']],
    ['os.makedirs("./data/out/", exist_ok=True)\n', ['data/out']],
    ["Path('uploads').mkdir(exist_ok=True)\nos.makedirs('uploads/big')\n", ['uploads']],
    ["os.mkdir('/srv/x')\nos.mkdir(name)\nos.makedirs('static')\n", undefined],
  ])('are those that it makes where it runs: %j', async (lines, writes) => {
    const files = { 'app.py': `import os\n${lines}${flask}`, 'static/a.css': '' }
    expect((await launchOf(files))?.writes).toEqual(writes)
  })

  test.each([
    [
      'root = Path(__file__).resolve().parents[1]\nstate: Path = root / ".state"\nstate.mkdir(exist_ok=True)\n',
      ['.state'],
    ],
    [
      'HERE = os.path.dirname(os.path.abspath(__file__))\nOUT = os.path.join(HERE, "out", "png")\nos.makedirs(OUT, exist_ok=True)\n',
      ['web/out/png'],
    ],
    ['file = Path(__file__).parent / "db" / "a.sqlite"\nfile.parent.mkdir()\n', ['web/db']],
    ['LOGS = "logs"\nos.makedirs(LOGS)\n(Path.cwd() / "tmp").mkdir()\n', ['logs']],
    [
      'x = tempfile.mkdtemp()\nos.makedirs(os.path.join(x, "y"))\nup = Path(__file__).parents[3]\nup.mkdir()\n',
      undefined,
    ],
  ])('are those that it makes beside its files: %j', async (lines, writes) => {
    const files = { 'web/app.py': `import os\n${lines}${flask}`, 'requirements.txt': 'flask\n' }
    expect((await launchOf(files))?.writes).toEqual(writes)
  })

  test('are those of a program that serves itself as well', async () => {
    const source = 'import os, uvicorn\nos.makedirs("uploads", exist_ok=True)\nuvicorn.run(make(), port=80)\n'
    expect((await launchOf({ 'main.py': source, 'requirements.txt': 'uvicorn\n' }))?.writes).toEqual([
      'uploads',
    ])
  })

  test.each([
    'STATIC_ROOT = BASE_DIR / "staticfiles"\n',
    "STATIC_ROOT = os.path.join(BASE_DIR, 'staticfiles/')\n",
  ])('are the one in which Django collects the files of its pages: %s', async (line) => {
    const files = { ...django, 'site1/settings.py': line, 'manage.py': 'import django\n' }
    expect(await launchOf(files)).toMatchObject({
      writes: ['staticfiles'],
      start: `python manage.py collectstatic --no-input --verbosity 0 && exec ${waitress('site1.wsgi:application')}`,
    })
    const elsewhere = { ...files, 'site1/settings.py': 'STATIC_ROOT = "/srv/static"\n' }
    expect((await launchOf(elsewhere))?.start).toBe(waitress('site1.wsgi:application'))
  })
})
