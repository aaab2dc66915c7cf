import { docs, ofStreamlit, openApi, post, project, type PublicProject } from './public-projects.project.ts'

const ofCog = (folder: string, why: string, input: unknown) =>
  project('replicate/cog-examples', '84811a745b4b2e4f144349677831ecbb00dd7bbc', why, {
    folder,
    page: { path: '/health' },
    ask: post('/predict', { input_data: [input] }, '"succeeded"'),
  })
const ofCompose = (folder: string, why: string, needs?: string) =>
  project('docker/awesome-compose', '18f59bdb09ecf520dd5758fbf90dec314baec545', why, {
    folder,
    ...(needs !== undefined && { needs }),
  })
const ofShiny = (folder: string, why: string) =>
  project('posit-dev/py-shiny', '862411ec6f54c3221c1cb4b9688d746582355fd3', why, {
    folder: `examples/${folder}`,
    webSocket: '/websocket/',
  })
const socketIo = 'socket.io/?EIO=4&transport=websocket'

/** Projects of a fifth round that may run on a fresh machine, or fail there only after they were stored. */
export const fifth: PublicProject[] = [
  ofCog('hello-context', 'Cog, a function', { text: 'Ann' }),
  ofCog('hello-image', 'Cog, returns a picture', {}),
  ofCog('hello-concurrency', 'Cog, async, concurrency', { total: 2, interval: 1 }),
  ofCog('blur', 'Cog, pictures', {
    image: {
      data: 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAaklEQVR42hWMQREAQQzCqqRKUBIlVYISlKDo9niSTGaGHTQw3OAhQ4eZZRctLLd4ydJ9QKyQQJywiKge+NV3/jswBPrCc+yh++87fOToPWDWyL98xiamfiBsUP7EBYeE5oGyRf3DV1xSWj4Df0sBGwJqRQAAAABJRU5ErkJggg==',
    },
    blur: 1,
  }),
  ofCompose('fastapi', 'FastAPI in a compose file'),
  ofCompose('flask-redis', 'Flask', 'Redis'),
  ofCompose('react-express-mongodb', 'Express beside React', 'MongoDB'),
  project('dockersamples/example-voting-app', '63e9150ca17af4ed05880d4245e486481f73fcb4', 'five services', {
    needs: 'Redis, PostgreSQL',
  }),
  project('railwayapp-templates/django', '9c630a47d4a2988c7b7b596574ae01f95f5ee3a9', 'Django, runtime.txt'),
  project('AnnMarieW/dash-multi-page-app-demos', '1b21f0b7c4edb43a194840eab0d5c45d7fe94afd', 'Dash, pages', {
    folder: 'multi_page_basics',
    ask: { path: '/_dash-layout', contains: 'props' },
  }),
  project(
    'AnnMarieW/dash-multi-page-app-demos',
    '1b21f0b7c4edb43a194840eab0d5c45d7fe94afd',
    'Dash behind a sign-in of Flask',
    { folder: 'multi_page_flask_login', ask: { path: '/_dash-layout', contains: 'props' } },
  ),
  project('zauberzeug/nicegui', '932f019e287727d9b2b7887c79dbf47688d135d7', 'NiceGUI', {
    folder: 'examples/todo_list',
    webSocket: `/_nicegui_ws/${socketIo}`,
  }),
  project('zauberzeug/nicegui', '932f019e287727d9b2b7887c79dbf47688d135d7', 'NiceGUI in FastAPI', {
    folder: 'examples/fastapi',
    ask: openApi,
  }),
  project('Chainlit/cookbook', '218e4f9a1837a46fcaaf40b3ca3033d71b7fe66e', 'Chainlit', {
    folder: 'custom-element',
    webSocket: `/ws/${socketIo}`,
  }),
  project('ray-project/serve_config_examples', '607d1264c2c998e4a85eaf5403efcd3bc9ed3039', 'Ray Serve'),
  ofStreamlit(
    'upraneelnihar/streamlit-multiapps',
    '3f44ffc7f89b20147859193354dc21402e245752',
    'Streamlit, several apps in one',
  ),
  ofStreamlit(
    'dataprofessor/multi-page-app',
    '7fc30c99fbf13bc3003379f95cb9cb537cd4f1cd',
    'Streamlit 0.71, several apps in one',
  ),
  project('alphyelsa/heart-disease-mlops', '8ba3353e35046d4922e77dae9cc4e7b1eba70334', 'FastAPI, MLflow', {
    page: docs,
    ask: openApi,
  }),
  project('w3cj/hono-open-api-starter', '803d5edfb21f7fe5ecff35b62de36ea9413a47b0', 'Hono, pnpm, libsql', {
    ask: { path: '/doc', contains: 'openapi' },
  }),
  project('hagopj13/node-express-boilerplate', '179ae84efec61b14206d0305d941daed6c6d07f9', 'Express, yarn', {
    needs: 'MongoDB',
  }),
  project('nsidnev/fastapi-realworld-example-app', '029eb7781c60d5f563ee8990a0cbfb79b244538c', 'FastAPI', {
    needs: 'PostgreSQL',
  }),
  project('nickjj/docker-django-example', '25de410956b80fe4e3388296a58106c03b5b3647', 'Django in src/', {
    needs: 'PostgreSQL, Redis',
  }),
  project(
    'lujakob/nestjs-realworld-example-app',
    'c1c2cc4e448b279ff083272df1ac50d20c3304fa',
    'Nest of 2020',
    {
      needs: 'MySQL',
    },
  ),
]

/** Projects of a sixth round, of kinds that were not tried before. */
export const sixth: PublicProject[] = [
  project('aio-libs/aiohttp-demos', '5362c18e9612c22f7af29c3d1246e20e89d25145', 'aiohttp, a pickled model', {
    folder: 'demos/moderator',
  }),
  project('ventillo/cherrypy_sqlite_api', 'd1ca046f6451c4f56f00d565c4240a1b13a1415a', 'CherryPy, SQLite'),
  project('falconry/falcon', 'ce0a35b8fd02747cc72710202886874906b0d47a', 'Falcon, a factory', {
    folder: 'examples/look',
    page: { path: '/images' },
  }),
  project('falconry/falcon', 'ce0a35b8fd02747cc72710202886874906b0d47a', 'Falcon, ASGI', {
    folder: 'examples/asgilook',
    page: { path: '/images' },
  }),
  project('pgjones/quart', '2e5684cfdf61f03d1b309537fa9e58117fb490d4', 'Quart, a WebSocket', {
    folder: 'examples/websocket',
    webSocket: '/ws',
  }),
  project('spec-first/connexion', 'a1c53db7a74d0fbbc22913faf70bc3d1c1b08ee2', 'Connexion', {
    folder: 'examples/helloworld',
    page: { path: '/openapi/greeting/Ann', method: 'POST', json: {}, contains: 'Hello Ann' },
  }),
  ofShiny('model-score', 'Shiny, SQLite'),
  ofShiny('express', 'Shiny Express'),
  project('maxvonlancaster/marimo-demo', '938684680f36419c83bf630bf8a70bf7292669a3', 'marimo', {
    ask: { path: '/health', contains: 'healthy' },
  }),
  project('widgetti/solara', 'a3309a244b28eb857033bc2b84643ee01b65c04f', 'Solara', {
    folder: 'solara/website/pages/documentation/examples/ai',
  }),
  project('arllanos/kserve-custom', 'f0b601fca8b11a97d2233bbd137d33de28c6816e', 'KServe of 2021', {
    needs: 'Python 3.8',
  }),
  project('RottenFruits/ml_api_samples', '58cceb2ac5c38050156f18a5d385a86656d7643f', 'R, plumber', {
    folder: 'ml_api_r',
    needs: 'R',
  }),
  project('RottenFruits/ml_api_samples', '58cceb2ac5c38050156f18a5d385a86656d7643f', 'Julia', {
    folder: 'ml_api_julia',
    needs: 'Julia',
  }),
]
