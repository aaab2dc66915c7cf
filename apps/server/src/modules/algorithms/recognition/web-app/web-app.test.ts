import { describe, expect, test } from 'vitest'
import { inspect, startOf, type Files } from '../package.test-view.ts'
import { backend, django, fastApi, flask, flaskFactory } from './web-app.test-packages.ts'

const uvicorn = (target: string, more = '') =>
  `python -m uvicorn ${target}${more} --host "$HOST" --port "$PORT"`
const waitress = (target: string) => `python -m waitress --host="$HOST" --port="$PORT" ${target}`

describe('an application is found', () => {
  test.each<[string, Files, [string, string, string]]>([
    ['in main.py', { 'main.py': fastApi }, ['asgi-app', 'main.py:app', uvicorn('main:app')]],
    [
      'in a file of any name',
      { 'iris_api.py': fastApi },
      ['asgi-app', 'iris_api.py:app', uvicorn('iris_api:app')],
    ],
    ['in a package', { 'app/main.py': fastApi }, ['asgi-app', 'app/main.py:app', uvicorn('main:app')]],
    [
      'in a package with __init__.py',
      { 'app/__init__.py': '', 'app/main.py': fastApi },
      ['asgi-app', 'app/main.py:app', uvicorn('app.main:app')],
    ],
    [
      'under another name',
      { 'main.py': 'import fastapi\nweb_api = fastapi.FastAPI()\n' },
      ['asgi-app', 'main.py:web_api', uvicorn('main:web_api')],
    ],
    [
      'with the framework under another name',
      { 'main.py': 'from starlette.applications import Starlette as S\napp: S = S(\n  routes=[],\n)\n' },
      ['asgi-app', 'main.py:app', uvicorn('main:app')],
    ],
    [
      'in a block of the top level',
      { 'main.py': 'from fastapi import FastAPI\ntry:\n    app = FastAPI()\nexcept OSError:\n    raise\n' },
      ['asgi-app', 'main.py:app', uvicorn('main:app')],
    ],
    ['of Flask', { 'app.py': flask }, ['wsgi-app', 'app.py:app', waitress('app:app')]],
    ['of Django', django, ['wsgi-app', 'site1/wsgi.py:application', waitress('site1.wsgi:application')]],
    [
      'of Django, by WSGI if it has both',
      {
        ...django,
        'site1/asgi.py':
          'from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n',
      },
      ['wsgi-app', 'site1/wsgi.py:application', waitress('site1.wsgi:application')],
    ],
    [
      'of Quart',
      { 'app.py': 'from quart import Quart\napp = Quart(__name__)\n' },
      ['asgi-app', 'app.py:app', uvicorn('app:app')],
    ],
    [
      'of Dash, whose server is an attribute',
      { 'app.py': 'import dash\napp = dash.Dash(__name__)\n' },
      ['wsgi-app', 'app.py:app', waitress('app:app.server')],
    ],
    [
      'as a function that makes it',
      { 'svc/api.py': 'from fastapi import FastAPI\n\ndef create_app() -> FastAPI:\n    return FastAPI()\n' },
      ['asgi-app', 'svc/api.py:create_app()', uvicorn('api:create_app', ' --factory')],
    ],
    [
      'as a function that makes it, of a WSGI framework',
      flaskFactory,
      [
        'wsgi-app',
        'pkg/__init__.py:create_app()',
        'python -m waitress --host="$HOST" --port="$PORT" --call pkg:create_app',
      ],
    ],
    [
      'as the result of such a function',
      { ...flaskFactory, 'wsgi.py': 'from pkg import create_app\n\napp = create_app()\n' },
      ['wsgi-app', 'wsgi.py:app', waitress('wsgi:app')],
    ],
    [
      'as the result of a function that needs arguments, in a file of any name',
      {
        'shop/__init__.py':
          'from flask import Flask\ndef create_app(name):\n    app = Flask(name)\n    return app\n',
        'shop_web.py': 'import os\nfrom shop import create_app\napp = create_app(os.getenv("NAME") or "x")\n',
      },
      ['wsgi-app', 'shop_web.py:app', waitress('shop_web:app')],
    ],
    [
      'where it is imported into the file that people start',
      { 'service/api.py': fastApi, 'service/__init__.py': '', 'main.py': 'from service.api import app\n' },
      ['asgi-app', 'main.py:app', uvicorn('main:app')],
    ],
    [
      'where a package passes it on',
      { 'svc/__init__.py': 'from .web import app\n', 'svc/web.py': fastApi },
      ['asgi-app', 'svc/__init__.py:app', uvicorn('svc:app')],
    ],
    [
      'where the author’s command says, not where the name looks best',
      { 'app.py': fastApi, 'serving/http.py': fastApi, Dockerfile: 'CMD ["uvicorn", "serving.http:app"]\n' },
      ['asgi-app', 'serving/http.py:app', uvicorn('http:app')],
    ],
  ])('%s', async (_name, files, expected) => {
    expect(await startOf(files)).toEqual(expected)
  })

  test.each<[string, Files]>([
    ['a test', { 'tests/test_app.py': fastApi }],
    ['an example', { 'examples/main.py': fastApi }],
    ['documents', { 'docs/src/main.py': fastApi }],
    ['setup.py', { 'setup.py': fastApi }],
    ['a comment', { 'main.py': '# app = FastAPI()\n' }],
    ['a string', { 'main.py': 'from fastapi import FastAPI\ntext = """\napp = FastAPI()\n"""\n' }],
    [
      'a method',
      { 'main.py': 'from fastapi import FastAPI\nclass A:\n    def run(self):\n        app = FastAPI()\n' },
    ],
    ['another library with such a name', { 'main.py': 'from other import FastAPI\napp = FastAPI()\n' }],
    [
      'a factory that needs arguments',
      { 'a.py': 'from fastapi import FastAPI\ndef create_app(x):\n    return FastAPI()\n' },
    ],
  ])('but not in %s', async (_name, files) => {
    expect(await startOf(files)).toEqual([null])
  })
})

describe('what an application imports', () => {
  const launchOf = async (files: Files) => (await inspect(files)).manifest?.launch

  test.each<[string, Files, { folder: string; paths: string[]; start: string }]>([
    [
      'a project below a folder runs there',
      backend,
      { folder: 'backend', paths: ['backend'], start: uvicorn('app.main:app') },
    ],
    [
      'src is where packages are imported from',
      {
        'src/api/main.py': `from api.model import load\n${fastApi}`,
        'src/api/model.py': 'def load(): ...\n',
      },
      { folder: '', paths: ['src', ''], start: uvicorn('api.main:app') },
    ],
    [
      'src is itself a package if the code says so',
      {
        'src/api/main.py': `from src.api.model import load\n${fastApi}`,
        'src/api/model.py': 'def load(): ...\n',
      },
      { folder: '', paths: [''], start: uvicorn('src.api.main:app') },
    ],
    [
      'a neighbour is imported without a package',
      { 'api/main.py': `import model\n${fastApi}`, 'api/model.py': '' },
      { folder: '', paths: ['api', ''], start: uvicorn('main:app') },
    ],
    [
      'a relative import needs the package around it',
      { 'api/main.py': `from . import model\n${fastApi}`, 'api/model.py': '' },
      { folder: '', paths: [''], start: uvicorn('api.main:app') },
    ],
    [
      'an import of an import counts too',
      {
        'api/main.py': `from . import model\n${fastApi}`,
        'api/model.py': 'from service.api.weights import load\n',
        'api/weights.py': '',
        'service/api/weights.py': 'def load(): ...\n',
      },
      { folder: '', paths: [''], start: uvicorn('api.main:app') },
    ],
  ])('%s', async (_name, files, expected) => {
    expect(await launchOf(files)).toMatchObject(expected)
  })

  test.each<[string, Files, string | null, string[]]>([
    [
      'listed in requirements',
      { 'app.py': flask, 'requirements.txt': 'Flask==3\nwaitress\n' },
      'requirements.txt',
      [],
    ],
    [
      'the server is added',
      { 'app.py': flask, 'requirements.txt': 'flask\n' },
      'requirements.txt',
      ['waitress==3.0.2'],
    ],
    ['without any list', { 'main.py': fastApi }, null, ['fastapi', 'uvicorn>=0.23,<1']],
    ['listed in a file beside it', backend, 'backend/requirements.txt', []],
    [
      'listed in a file of another name',
      {
        'main.py': fastApi,
        'requirements-dev.txt': 'pytest\n',
        'requirements_versions.txt': 'fastapi==1\nuvicorn\n',
      },
      'requirements_versions.txt',
      [],
    ],
    [
      'listed in a file that another one includes',
      { 'main.py': fastApi, 'requirements.txt': '-r base.txt\n', 'base.txt': 'fastapi\nuvicorn\n' },
      'requirements.txt',
      [],
    ],
    [
      'listed in pyproject.toml',
      {
        'main.py': fastApi,
        'pyproject.toml':
          '[project]\nname = "x"\ndependencies = [\n  "fastapi>=0.1", # web\n  \'uvicorn[standard]\',\n]\n[tool.x]\n',
      },
      null,
      ['fastapi>=0.1', 'uvicorn[standard]'],
    ],
  ])('what is installed: %s', async (_name, files, requirements, install) => {
    expect(await launchOf(files)).toMatchObject({ requirements, install })
  })

  test('a framework that no requirements file has is named in a warning', async () => {
    const { warnings } = await inspect({ 'app.py': flask, 'requirements.txt': 'numpy\n' })
    expect(warnings.find(({ code }) => code === 'launch.requirement_missing')?.message).toContain(
      'The code uses flask',
    )
  })
})

describe('several applications', () => {
  test('the first is taken; the others can be chosen in algorithm.yaml by their entries', async () => {
    const files = { 'main.py': fastApi, 'admin/app.py': flask }
    const { manifest, alternatives } = await inspect(files)
    expect(manifest?.entry).toBe('main.py:app')
    expect(alternatives).toMatchObject([{ form: 'wsgi-app', entry: 'admin/app.py:app' }])
    for (const entry of ['admin/app.py:app', 'admin.app:app']) {
      const chosen = await inspect({ ...files, 'algorithm.yaml': `entry: ${entry}\n` })
      expect([chosen.recognised, chosen.manifest?.entry]).toEqual(['wsgi-app', 'admin/app.py:app'])
      expect(chosen.alternatives).toEqual([])
    }
  })

  test('one application with several names is shown once', async () => {
    const { alternatives } = await inspect({
      'main.py': 'from api import app\n',
      'api.py': fastApi,
      'wsgi.py': 'from main import app\n',
    })
    expect(alternatives).toEqual([])
  })

  test('the evidence names file and line in both languages', async () => {
    expect((await inspect({ 'app/main.py': fastApi })).because[0]).toBe(
      'app/main.py line 3: app is a FastAPI app',
    )
    expect((await inspect({ 'app/main.py': fastApi }, 'zh')).because[0]).toBe(
      'app/main.py 第 3 行：app 是 FastAPI 应用',
    )
  })

  test('an entry means exactly the file that it names, before one of that name in a folder', async () => {
    const files = { 'main.py': 'from deep import start\napp = start()\n', 'deep/main.py': fastApi }
    const [, entry] = await startOf({ ...files, 'algorithm.yaml': 'entry: main.py:app\n' })
    expect(entry).toBe('main.py:app')
    const [, below] = await startOf({ 'deep/main.py': fastApi, 'algorithm.yaml': 'entry: main.py:app\n' })
    expect(below).toBe('deep/main.py:app')
  })

  test('an entry that the code does not show is started as algorithm.yaml says', async () => {
    const files = { 'web.py': 'app = wrap(something)\n', 'algorithm.yaml': 'entry: web.py:app\n' }
    expect(await startOf(files)).toEqual(['asgi-app', 'web.py:app', uvicorn('web:app')])
  })

  test.each<[string, Files, string, string]>([
    ['Flask', { 'examples/web.py': flask }, 'examples/web.py:app', waitress('web:app')],
    [
      'Dash',
      { 'examples/web.py': 'import dash\napp = dash.Dash(__name__)\n' },
      'examples/web.py:app',
      waitress('web:app.server'),
    ],
    [
      'Flask from another file',
      { ...flaskFactory, 'tools/web.py': 'from pkg import create_app\nmade = create_app()\n' },
      'tools/web.py:made',
      waitress('tools.web:made'),
    ],
  ])(
    'an entry that only algorithm.yaml shows is served as its framework needs: %s',
    async (_name, files, entry, start) => {
      const stated = { ...files, 'algorithm.yaml': `entry: ${entry}\n` }
      expect(await startOf(stated)).toEqual(['wsgi-app', entry, start])
    },
  )
})
