import { fresh, needing } from './public-projects.fresh.ts'
import { later } from './public-projects.second-round.ts'
import { fifth, sixth } from './public-projects.fifth-round.ts'
import { fourth } from './public-projects.fourth-round.ts'
import { latest } from './public-projects.third-round.ts'
import {
  docs,
  ofStreamlit,
  openApi,
  post,
  project,
  type Details,
  type PublicProject,
} from './public-projects.project.ts'

const ofGradio = (folder: string, why: string) =>
  project('gradio-app/gradio', '375335e60e2b4504a57f3eef0eb6bca3c7bb765a', why, {
    folder: `demo/${folder}`,
    ask: { path: '/gradio_api/info', contains: 'named_endpoints' },
  })
const ofFlask = (folder: string, why: string, details: Details) =>
  project('pallets/flask', '2ac89889f4cc330eabd50f295dcef02828522c69', why, { folder, ...details })
const ofCog = (folder: string, why: string, input: unknown, contains: string) =>
  project('replicate/cog-examples', '84811a745b4b2e4f144349677831ecbb00dd7bbc', why, {
    folder,
    page: { path: '/health' },
    ask: post('/predict', { input_data: [input] }, contains),
  })
const ofOnnx = (folder: string, why: string, details: Details) =>
  project('onnx/onnx', 'f7546912001bc31e92a238b17068a21b373d882e', why, { folder, ...details })

const pythonApis: PublicProject[] = [
  project('render-examples/fastapi', 'f829276c68503f7afae195c3e3f778f085242cb0', 'FastAPI, unpinned', {
    ask: openApi,
  }),
  project('render-examples/fastapi-uv', '557ac479b6f9cb680d3803d3372fe321327f8fa9', 'FastAPI, lock of uv', {
    ask: openApi,
  }),
  project('railwayapp-templates/fastapi', '82b897223c19490440f71d4cd0889aa4d09f8322', 'FastAPI, Hypercorn'),
  project('eightBEC/fastapi-ml-skeleton', 'b7e21d8304b11201ea045c59c200d30ba40c96fa', 'FastAPI, a model', {
    page: docs,
    ask: { path: '/api/health/heartbeat', contains: 'true' },
  }),
  project(
    'cosmic-cortex/fastAPI-ML-quickstart',
    'b5bbe85e24fb5c2b25e95d175180d0e2c2d23ef8',
    'FastAPI in api/main.py, relative imports, a renamed package',
    { page: docs, ask: openApi },
  ),
  project(
    'Azure-Samples/msdocs-python-fastapi-webapp-quickstart',
    '2ecc964d2202b28231c37122dc3a6b5b59b91825',
    'FastAPI, templates, startup.sh',
    { ask: openApi },
  ),
  project('render-examples/flask-hello-world', 'facfc73c44b35d00bb1f72e8986f0ea47cab0755', 'Flask', {
    page: { path: '/', contains: 'Hello' },
  }),
  project('digitalocean/sample-flask', '7d0906df0e7189c96cfc7f5fabc4d47bbacf5617', 'Flask, Procfile'),
  project('railwayapp-templates/flask', '4c195389954ae2ee27f0c1b249a11e91e5a4e398', 'Flask of 2020, pinned', {
    page: { path: '/', contains: 'Choo' },
  }),
  project('mjhea0/flaskr-tdd', '305122f48823d98fd7fe8de989af2821b3c5d46d', 'Flask, Procfile, SQLite file'),
  project(
    'Azure-Samples/msdocs-python-flask-webapp-quickstart',
    '5bfb67bffda1a5083e33fec45861de6b55f74e57',
    'Flask, templates',
  ),
  ofFlask('examples/tutorial', 'Flask, a factory in a package', {
    page: { path: '/auth/login', contains: 'Log In' },
  }),
  ofFlask('examples/javascript', 'Flask, pyproject.toml', {
    ask: { path: '/add', method: 'POST', contains: 'result' },
  }),
  project('miguelgrinberg/microblog', 'a975ef64864354867c88e0ed3a17ba7d17dca752', 'Flask, a large factory', {
    page: { path: '/auth/login', contains: 'Sign In' },
  }),
  project('render-examples/django', 'fbc60fcb44eebd63cfd45566e6973183e6f75aa4', 'Django, settings of a host'),
  project('heroku/python-getting-started', 'f7c8d9929a782e90bc0bb9320f2cb43a3d62958d', 'Django, Procfile'),
]

const pages: PublicProject[] = [
  ofGradio('hello_world', 'Gradio, an Interface'),
  ofGradio('image_mod', 'Gradio, a picture of its own'),
  ofGradio('sepia_filter', 'Gradio, pictures'),
  ofGradio('matrix_transpose', 'Gradio, tables'),
  ofGradio('blocks_hello', 'Gradio, Blocks'),
  ofStreamlit(
    'streamlit/streamlit-hello',
    'ae7e8cf84f9a11b3edfe98fced963b105f6aa7b8',
    'Streamlit, many pages',
  ),
  ofStreamlit('streamlit/streamlit-example', '8bd2197e4ba68dd68127a264dc6708f0a96f23c8', 'Streamlit'),
  ofStreamlit(
    'streamlit/emoji-shortcodes',
    '2e55cc57cfc8455d408623e35d898cda91ff28fc',
    'Streamlit, unpinned',
  ),
  ofStreamlit(
    'streamlit/blank-app-template',
    '542df06ee16e556abb5a76b22785686f48686148',
    'Streamlit, lock of uv',
  ),
  ofStreamlit(
    'dataprofessor/population-dashboard',
    'a96708971b7613b2f838c08c61b0facb1c70829a',
    'Streamlit, two apps and a notebook',
  ),
]

const modelServers: PublicProject[] = [
  project('tech-progress/railway-template-bentoml', '94e38301ce4e2bcb5ca65000ff659cd2f9fa7341', 'BentoML', {
    ask: post('/classify', { text: 'good' }, 'positive'),
  }),
  project(
    'Frenz86/litserve_titanic',
    '8071d51165dc2338e57b3fc80be04829b7156be2',
    'LitServe, no requirements',
    {
      page: { path: '/health' },
    },
  ),
  project(
    'deependujha/Lightning-Moshi',
    '532d30ffb78a99c5bbaa42b3463a754341891cf6',
    'LitServe, one file, several servers of the API',
    {
      folder: 'benchmark-litserve-grpc/server/http_server',
      page: { path: '/health' },
      ask: post('/predict', { input: 4 }, '4'),
    },
  ),
  ofCog('hello-world', 'Cog, a class', { text: 'you' }, 'hello you'),
  ofCog('hello-train', 'Cog, weights in setup', { text: 'you' }, 'hello you'),
  ofCog('canary', 'Cog, a generator', { text: 'you' }, 'you'),
]

const nodeServers: PublicProject[] = [
  project(
    'render-examples/express-hello-world',
    '59bb07278c918ac8798e2532b4251f7c34e365f5',
    'Express, yarn',
    {
      page: { path: '/', contains: 'Hello' },
    },
  ),
  project('digitalocean/sample-nodejs', '2bb2580764a0f98aeecc8c4cf8a9f70a7a4bf254', 'Node alone'),
  project('digitalocean/sample-expressjs', '5b14b7fda3e0278557c5c4777da1a49faa16fc81', 'Express, npm lock'),
  project(
    'railwayapp-templates/node-express',
    '52888d7a6c4de6c2d73bb885e6600c2bfd01d781',
    'Express, modules',
    {
      page: { path: '/hello' },
    },
  ),
  project(
    'Azure-Samples/nodejs-docs-hello-world',
    'ab8695145fc34326f6b31b5d55eef4f7e22e7f18',
    'Express, no lock',
    {
      page: { path: '/api' },
    },
  ),
  project(
    'railwayapp-templates/expressjs',
    'd3a671d7a13de103bed6ba7d19ef20a21a4b11f7',
    'Express in TypeScript, yarn',
  ),
  project(
    'railwayapp-templates/http-nodejs',
    'bf23765f75771254c55b46b671ba6b48c6afc95b',
    'Node alone, a module',
  ),
  project(
    'render-examples/fastify-hello-world',
    '4f82c7ea5645d57ffa3f981b2904697be95faa00',
    'Fastify, yarn',
    {
      page: { path: '/', contains: 'Fastify' },
    },
  ),
  project(
    'render-examples/hapi-quick-start',
    '220408a49fe2d2fe06bf189dd79dde228546745c',
    'hapi, no start script',
    {
      page: { path: '/' },
    },
  ),
  project('koajs/examples', '40c77dbecec617361b6683bd2bd7ec4c6afae745', 'Koa, no package.json of its own', {
    folder: 'body-parsing',
    needs: 'the package.json of the folder above',
  }),
  project('nestjs/typescript-starter', 'c4d9330f5513eda0fb5df594f6b34a11fde1a934', 'Nest, compiled', {
    page: { path: '/', contains: 'Hello' },
  }),
  project('honojs/starter', 'e0092e5f771e4895f93bd249d460b5905aa44216', 'Hono, compiled, a fixed port', {
    folder: 'templates/nodejs',
    page: { path: '/', contains: 'Hono' },
  }),
]

const models: PublicProject[] = [
  ofOnnx('onnx/backend/test/data/pytorch-converted/test_Linear', 'an .onnx model alone', {
    page: { path: '/health' },
  }),
]

/** Public projects of all shapes that are recognised. Last those that need what a fresh machine does not have. */
export const publicProjects: readonly PublicProject[] = [
  ...pythonApis,
  ...pages,
  ...modelServers,
  ...nodeServers,
  ...models,
  ...fresh,
  ...later,
  ...latest,
  ...fourth,
  ...fifth,
  ...sixth,
  ...needing,
]
