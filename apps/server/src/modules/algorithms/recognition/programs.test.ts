import { describe, expect, test } from 'vitest'
import { inspect, startOf, type Files } from './package.test-view.ts'

const gradio = 'import gradio as gr\n\ndemo = gr.Interface(fn=str, inputs="text", outputs="text")\n'
const bento =
  'import bentoml\n\n@bentoml.service(resources={"cpu": "1"})\nclass Summary:\n    @bentoml.api\n    def run(self, text: str) -> str: ...\n'
const lit =
  'import litserve as ls\n\nclass Api(ls.LitAPI):\n    def predict(self, x): return x\n\nif __name__ == "__main__":\n    ls.LitServer(Api()).run(port=8000)\n'
const serve = '--host "$HOST" --port "$PORT"'

describe('a program that serves itself', () => {
  test.each<[string, Files, [string, string, string]]>([
    ['Gradio', { 'app.py': `${gradio}demo.launch()\n` }, ['python-app', 'app.py', 'python app.py']],
    [
      'Gradio, launched in one line',
      { 'ui.py': 'from gradio import Interface\nInterface(str, "text", "text").launch(share=True)\n' },
      ['python-app', 'ui.py', 'python ui.py'],
    ],
    [
      'Gradio in a block',
      {
        'demo.py':
          'import gradio as gr\nwith gr.Blocks() as demo:\n    gr.Textbox()\ndemo.queue().launch()\n',
      },
      ['python-app', 'demo.py', 'python demo.py'],
    ],
    [
      'BentoML',
      { 'service.py': bento },
      ['python-app', 'service.py:Summary', `python -m bentoml serve service:Summary ${serve}`],
    ],
    [
      'BentoML before 1.2',
      { 'service.py': 'import bentoml\nsvc = bentoml.Service("iris", runners=[])\n' },
      ['python-app', 'service.py:svc', `python -m bentoml serve service:svc ${serve}`],
    ],
    [
      'a server of the standard library',
      { 'serve.py': 'from http.server import HTTPServer\nHTTPServer(("", 8000), Handler).serve_forever()\n' },
      ['python-app', 'serve.py', 'python serve.py'],
    ],
    [
      'an application that is made with arguments and then served',
      {
        'main.py':
          'import uvicorn\nfrom web import make_app\nif __name__ == "__main__":\n    uvicorn.run(make_app("x"), port=80)\n',
        'web.py': 'from fastapi import FastAPI\ndef make_app(name):\n    return FastAPI(title=name)\n',
      },
      ['python-app', 'main.py', 'python main.py'],
    ],
    [
      'a server in a class that the program of its package makes',
      {
        'pyproject.toml': '[project]\nname = "shop"\ndependencies = ["litestar", "uvicorn"]\n',
        'src/shop/__init__.py': '',
        'src/shop/server.py':
          'import uvicorn\n\nclass Server:\n    def run(self):\n        uvicorn.run(self.app, port=self.port)\n',
        'src/shop/__main__.py':
          'from shop.server import Server\nif __name__ == "__main__":\n    Server().run()\n',
      },
      ['python-app', 'src/shop/__main__.py', 'python -m shop'],
    ],
    [
      'FastHTML',
      { 'main.py': 'from fasthtml.common import *\napp, rt = fast_app()\nserve()\n' },
      ['python-app', 'main.py', 'python main.py'],
    ],
    [
      'aiohttp',
      { 'main.py': 'from aiohttp import web\napp = web.Application()\nweb.run_app(app)\n' },
      ['python-app', 'main.py', 'python main.py'],
    ],
    ['LitServe', { 'server.py': lit }, ['python-app', 'server.py', 'python server.py']],
    [
      'MLflow',
      {
        'model/MLmodel':
          'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\nmlflow_version: 2.9.2\n',
        'model/model.pkl': '',
      },
      ['mlflow-model', 'model/MLmodel', 'python -m vitrine_runtime'],
    ],
  ])('%s', async (_name, files, expected) => {
    expect(await startOf(files)).toEqual(expected)
  })

  test('Streamlit is started without a browser, on the address of the platform', async () => {
    const files = {
      'app.py': 'import streamlit as st\nst.title("x")\n',
      'pages/2_more.py': 'import streamlit as st\nst.write(1)\n',
    }
    const { manifest, alternatives } = await inspect(files)
    expect([manifest?.form, manifest?.entry, alternatives]).toEqual(['python-app', 'app.py', []])
    // Its checks of origins and against forged requests stay on.
    expect(manifest?.launch?.start).toBe(
      'python -m streamlit run app.py --server.port "$PORT" --server.address "$HOST" --server.headless true',
    )
    expect(manifest?.health.path).toBe('/_stcore/health')
  })

  test.each([
    'count = st.slider("n", 1, 9)',
    'st.dataframe({"a": [1]})',
    'st.line_chart([1, 2])',
    'st.date_input("d")',
  ])('Streamlit is also a page that shows no more than %s', async (shown) => {
    const { manifest } = await inspect({ 'streamlit_app.py': `import streamlit as st\n${shown}\n` })
    expect(manifest?.entry).toBe('streamlit_app.py')
  })

  test('Gradio gets its address and its path from the environment', async () => {
    const { manifest } = await inspect({ 'app.py': `${gradio}demo.launch()\n` })
    expect(manifest?.launch?.env).toMatchObject({
      GRADIO_SERVER_NAME: '"$HOST"',
      GRADIO_SERVER_PORT: '"$PORT"',
      GRADIO_ROOT_PATH: '"/ai/$VITRINE_SERVICE"',
    })
  })

  test('an MLflow model gets the version of MLflow that wrote it', async () => {
    const MLmodel = 'flavors: {python_function: {}}\nmlflow_version: 2.9.2\n'
    const { manifest } = await inspect({ MLmodel, 'requirements.txt': 'numpy\n' })
    expect(manifest?.launch).toMatchObject({ requirements: 'requirements.txt', install: ['mlflow==2.9.2'] })
  })

  test.each<[string, Files]>([
    ['a Gradio interface that nothing launches', { 'ui.py': gradio }],
    ['an MLflow model without python_function', { MLmodel: 'flavors: {keras: {}}\n' }],
    ['a broken MLmodel', { MLmodel: '{: [' }],
    [
      'a module that only imports Streamlit',
      { 'helpers.py': 'import streamlit as st\n@st.cache_data\ndef load(): ...\n' },
    ],
  ])('%s is not one', async (_name, files) => {
    expect(await startOf(files)).toEqual([null])
  })

  test('a BentoML service that another one calls is not the one to serve', async () => {
    const two = `${bento}\n@bentoml.service\nclass Front:\n    summary = bentoml.depends(Summary)\n`
    const { manifest, alternatives } = await inspect({ 'service.py': two })
    expect([manifest?.entry, alternatives]).toEqual(['service.py:Front', []])
  })
})

describe('what is taken if several fit', () => {
  const standard = 'class Algorithm:\n    def predict(self, input_data): return input_data\n'
  const fastApi = 'from fastapi import FastAPI\napp = FastAPI()\n'
  test.each<[string, Files, string]>([
    [
      'the standard class before an application beside it',
      { 'ai_algorithm.py': standard, 'tools.py': fastApi },
      'ai_algorithm.py:Algorithm',
    ],
    [
      'an application in main.py before the standard class',
      { 'ai_algorithm.py': standard, 'main.py': fastApi },
      'main.py:app',
    ],
    [
      'an application before a class that merely has predict',
      { 'model.py': standard, 'web.py': fastApi },
      'web.py:app',
    ],
    [
      'an API before a Gradio page',
      { 'api.py': fastApi, 'app.py': `${gradio}demo.launch()\n` },
      'api.py:app',
    ],
    [
      'an application before the Procfile that starts it',
      { 'api.py': fastApi, Procfile: 'web: uvicorn api:app' },
      'api.py:app',
    ],
  ])('%s', async (_name, files, entry) => {
    expect((await inspect(files)).manifest?.entry).toBe(entry)
  })

  test('runtime in algorithm.yaml leaves only what has it', async () => {
    const files = { 'api.py': fastApi, 'package.json': '{"dependencies":{"express":"4"}}', 'server.js': '' }
    expect((await inspect({ ...files, 'algorithm.yaml': 'runtime: node\n' })).manifest?.entry).toBe(
      'server.js',
    )
  })

  test('a main.py that starts the platform’s runtime is run; any other one is left alone', async () => {
    const start = async (main: string) => (await startOf({ 'ai_algorithm.py': standard, 'main.py': main }))[2]
    expect(await start('from vitrine_runtime import create_app, serve\nserve(create_app())\n')).toBe(
      'python main.py',
    )
    expect(await start('print("training")\n')).toBeUndefined()
  })
})

describe('a Procfile', () => {
  test('says what is started, with the platform’s address', async () => {
    const files = {
      Procfile: 'release: ./migrate\nweb: gunicorn --workers 2 thing.wsgi\n',
      'requirements.txt': 'gunicorn\n',
    }
    const { recognised, manifest, because } = await inspect(files)
    expect([recognised, manifest?.runtime, because[0]]).toEqual([
      'command',
      'python',
      'Procfile line 2: web is gunicorn --workers 2 thing.wsgi',
    ])
    expect(manifest?.launch).toMatchObject({
      start: 'python3 -m gunicorn --workers 2 thing.wsgi',
      env: { GUNICORN_CMD_ARGS: '"--bind $HOST:$PORT"' },
      requirements: 'requirements.txt',
    })
  })

  test('that starts a program which a build would make says so before anything is stored', async () => {
    const files = { Procfile: 'web: bin/serve\n', 'go.mod': 'module example.com/serve\n' }
    expect((await inspect(files)).problems).toMatchObject([
      {
        code: 'launch.program_missing',
        path: 'Procfile',
        line: 1,
        message:
          'Procfile line 1 starts bin/serve, which the package does not have; it has to be compiled with Go',
      },
    ])
    expect((await inspect({ ...files, 'bin/serve': '' })).problems).toEqual([])
    // Other platforms find what Go makes of a package on their path.
    const bare = { ...files, Procfile: 'web: serve --quiet\n' }
    expect((await inspect(bare)).problems).toMatchObject([
      { message: expect.stringContaining('starts serve, which the package does not have; it has to be') },
    ])
    const compiled = await inspect({ ...bare, serve: '' })
    expect(compiled).toMatchObject({ problems: [], manifest: { launch: { env: { PATH: '"$PWD:$PATH"' } } } })
    expect((await inspect({ ...bare, Procfile: 'web: caddy run\n' })).problems).toEqual([])
  })

  test('with a fixed port is changed to that of the platform', async () => {
    const files = { Procfile: 'web: ./serve --port 8080\n', serve: '' }
    expect(await startOf(files)).toEqual(['command', './serve --port 8080', './serve --port "$PORT"'])
  })
})

test('the health path of a server is looked for unless algorithm.yaml or its framework names one', async () => {
  const pathOf = async (files: Files) => (await inspect(files)).manifest?.health.path
  const app = { 'main.py': 'from flask import Flask\napp = Flask(__name__)\n' }
  expect(await pathOf(app)).toBeNull()
  expect(await pathOf({ ...app, 'algorithm.yaml': 'health: { path: /status }\n' })).toBe('/status')
  expect(await pathOf({ 'service.py': bento })).toBe('/healthz')
  expect(await pathOf({ 'a.py': 'class A:\n  def predict(self, x): ...\n' })).toBe('/health')
})

test.each([
  ['target/shop-1.0.jar', { 'pom.xml': '' }, 'Maven (mvn package)'],
  ['target/shop-1.0.jar', { 'pom.xml': '', mvnw: '' }, 'Maven (./mvnw package)'],
  ['build/libs/shop.jar', { 'build.gradle.kts': '', gradlew: '' }, 'Gradle (./gradlew build)'],
])(
  'a jar of a Procfile that another platform builds is told before it is stored: %s',
  async (jar, files, builder) => {
    const command = `java -Xmx300m -jar ${jar} --server.port=$PORT`
    const procfile = { ...files, Procfile: `web: ${command}\n` }
    const { problems } = await inspect(procfile)
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      [
        'launch.program_missing',
        `Procfile line 1 starts ${jar}, which the package does not have; it has to be compiled with ${builder}`,
      ],
    ])
    const built = await inspect({ ...procfile, [jar]: 'PK' })
    expect([built.problems, built.manifest?.launch?.start]).toEqual([[], command])
  },
)

test('a program of NiceGUI is run, and keeps what its pages store outside of the release', async () => {
  const { manifest } = await inspect({ 'main.py': 'from nicegui import ui\nui.label("Hello")\nui.run()\n' })
  expect(manifest?.entry).toBe('main.py')
  expect(manifest?.launch).toMatchObject({
    install: ['nicegui'],
    env: { NICEGUI_STORAGE_PATH: '"$HOME/.nicegui"' },
    start: 'python main.py',
  })
})

test.each([
  [
    'KServe',
    'import kserve\nkserve.ModelServer().start([])\n',
    {},
    ' --http_port "$PORT" --enable_grpc false',
  ],
  [
    'Robyn',
    'from robyn import Robyn\napp = Robyn(__file__)\napp.start(port=8080)\n',
    { ROBYN_HOST: '"$HOST"', ROBYN_PORT: '"$PORT"' },
    '',
  ],
])('a program of %s listens where the platform says', async (_name, source, env, words) => {
  const { manifest } = await inspect({ 'model.py': source })
  expect(manifest?.launch).toMatchObject({ env, start: `python model.py${words}` })
})
