import {
  docs,
  ofStreamlit,
  openApi,
  project,
  type Details,
  type PublicProject,
} from './public-projects.project.ts'

const ofVercel = (folder: string, why: string, details: Details) =>
  project('vercel/examples', '0c0a5d0459311d16da0f882ccbe259620ab5433e', why, { folder, ...details })

/** Projects that nobody had looked at when the platform was made, chosen by their kind before they were tried. */
export const fresh: PublicProject[] = [
  project('ozayr/fastapi-ml-microservice', '7f20cf122cba3b73b3c54d1fa2b43a570c572475', 'FastAPI, a model', {
    page: docs,
    ask: openApi,
  }),
  ofVercel('python/fastapi', 'FastAPI, for Python 3.14', {}),
  ofVercel('python/flask3', 'Flask in api/index.py', {}),
  ofVercel('framework-boilerplates/fasthtml', 'FastHTML', { page: { path: '/', contains: 'FastHTML' } }),
  project(
    'lucianoayres/gradio-demo',
    '0167b607c13ac7b661dbd3f66aef1d22ec28e417',
    'Gradio, two apps, shared',
    {
      ask: { path: '/gradio_api/info', contains: 'named_endpoints' },
    },
  ),
  ofStreamlit(
    'ccy05327/streamlit-app',
    'feee18c0a144f1e10c933250756b0dd072a89e4c',
    'Streamlit, requirements in UTF-16',
  ),
  project(
    'edwinhern/express-typescript-2024',
    'c6ddcba066a89b9703ebc84052d4b68ba75145c8',
    'Express in TypeScript, pnpm',
    { page: { path: '/health-check' } },
  ),
  project(
    'augusito/express-typescript-starter',
    '8639db8fa49983a1bf7e42225c2f3a4d8e28bfcd',
    'Express in TypeScript, SQLite',
  ),
  project(
    'w3cj/express-api-starter',
    'ece2dc561ada679a80b4b07bb57532bf2188197c',
    'Express, pnpm, --env-file',
  ),
  project(
    'w3cj/express-api-starter-ts',
    'c46ad4526400e0ae6640fdaa94d037aa7573600c',
    'Express in TypeScript, pnpm, --env-file',
  ),
]

/** Projects that need what a fresh machine does not have. */
export const needing: PublicProject[] = [
  project(
    'miguelgrinberg/flasky',
    '3beedd640b9146b0bd65c8c2ecf402b01798bc33',
    'Flask of 2017, nested requirements',
    { needs: 'Python 3.9' },
  ),
  project(
    'hfhoffman1144/fastapi-ml-template',
    '4282269f802a2f578594059b7fe8f316e2fc3b75',
    'FastAPI, lock of Poetry for Python 3.12',
    { page: docs, ask: openApi, needs: 'Python 3.12' },
  ),
  project(
    'marciovrl/fastapi-example',
    'd0a65fd3d1557ec3fd2d3a179b5e3c22abc857b6',
    'FastAPI of 2020, pinned',
    {
      page: docs,
      ask: openApi,
      needs: 'Python 3.8',
    },
  ),
  project(
    'rileyhun/fastapi-ml-example',
    '983e7688be7f943011025b0e4b04a27a9470481d',
    'FastAPI of 2021, pinned, with monitoring',
    { page: docs, ask: openApi, needs: 'Python 3.9' },
  ),
  project(
    'krishnaik06/Heroku-Demo',
    '35ea760247a61b3d51b27d10b25ce4490aaa8d30',
    'Flask of 2019, a pickled model',
    {
      page: { path: '/', contains: 'form' },
      needs: 'Python 3.9',
    },
  ),
  ofStreamlit(
    'dataprofessor/penguins-heroku',
    'ee13a9b77bf3d5fddcff81860bc94b787037c32f',
    'Streamlit of 2020, pinned, a pickled model',
    'Python 3.8',
  ),
  project(
    'ahmerkhanSystemsltd/mlflow-model',
    '5f83d1362341312a949eff69adc71c4eaf1e5a9c',
    'MLflow, logged by Python 3.8',
    { page: { path: '/health' }, needs: 'Python 3.8' },
  ),
  project('MicrosoftLearning/mslearn-mlops', '87482bc76b9ffa665e6ce6b76746d31e7a164b01', 'MLflow, old pins', {
    folder: 'model',
    page: { path: '/health' },
    needs: 'Python 3.8',
  }),
  project('digitalocean/sample-django', '2a3a56b8e62e86db9d2b4e64b44a596f31b128af', 'Django', {
    needs: 'a database: DATABASE_URL',
  }),
  project(
    'openanalytics/shinyproxy-gradio-demo',
    '2a3375611ca3e899437dfc6962a49719df7a47bc',
    'Gradio in FastAPI',
    {
      variables: { SHINYPROXY_PUBLIC_PATH: '/' },
      needs: 'a variable: SHINYPROXY_PUBLIC_PATH',
    },
  ),
  project('digitalocean/sample-golang', '1e058723dcf495309a63939d7ad0bb6a30532a33', 'Go, Procfile', {
    needs: 'a compiler of Go',
  }),
  project('spring-guides/gs-rest-service', 'e9efc9dfa0abe8cf8e15cf0e71830b5125322cae', 'Java, Spring', {
    folder: 'complete',
    needs: 'a JDK and Maven',
  }),
  project('render-examples/bun-docker', 'aa1de85f6c00d1eb03721c5f5ffbc71031fae0ed', 'Dockerfile, Bun', {
    needs: 'Bun',
  }),
  project('karpathy/makemore', '988aa59e4d8fefa526d06f3b453ad116258398d4', 'a script', {
    needs: 'something that answers: it only trains',
  }),
  project('justmarkham/scikit-learn-videos', '8545c74961398def7724501648fd504dbf061b41', 'notebooks', {
    needs: 'something that answers',
  }),
  project(
    'microsoft/onnxruntime-inference-examples',
    '428b0399b871c258683ccfa9e9eb9e449ef01843',
    'a script of Node, an .onnx model',
    { folder: 'js/quick-start_onnxruntime-node', needs: 'something that answers: it runs once' },
  ),
]
