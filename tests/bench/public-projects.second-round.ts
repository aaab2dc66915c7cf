import { docs, openApi, project, type PublicProject } from './public-projects.project.ts'

const ofDash = (folder: string, why: string) =>
  project('facultyai/dash-bootstrap-components', 'baf298c798e76fc29ed2395fb7374c1f5c6d847f', why, {
    folder,
    page: { path: '/', contains: 'dash' },
  })

/** Projects of a second round, chosen by their kind before they were tried. */
export const later: PublicProject[] = [
  project(
    'eswan18/sklearn-api-deploy',
    '2a9c695a8c6367e17570a9c34fd21f9d6fbbfbc3',
    'FastAPI, setup.cfg, a pickled model',
    { folder: 'app-section-4', page: docs, ask: openApi },
  ),
  project(
    'socketio/chat-example',
    '3c7903c2d0aaaa660edaf5d0b07375fe00224011',
    'Socket.IO, npm lock, a WebSocket',
    { page: { path: '/', contains: 'socket.io' }, webSocket: '/socket.io/?EIO=4&transport=websocket' },
  ),
  project(
    'XD-DENG/flask-example',
    'a7381d5257fbd8773379530e78346dfe87508779',
    'Flask 1.1, pinned in part, SQLite',
  ),
  project(
    'aio-libs/aiohttp-demos',
    '5362c18e9612c22f7af29c3d1246e20e89d25145',
    'aiohttp, setup.py, a WebSocket',
    { folder: 'demos/chat', page: { path: '/', contains: 'chat' }, webSocket: '/' },
  ),
  ofDash('examples/gallery/iris-kmeans', 'Dash, scikit-learn'),
  ofDash('examples/gallery/faithful', 'Dash, a table beside it'),
  project(
    'cristhianclx/226v.v1',
    'ba39487f568462ecc3b8845727a003a21c2396e2',
    'Django, a pickled model of XGBoost',
    { folder: '02' },
  ),
  project(
    'honojs/examples',
    '50da66a7b477f2acbf812c0f77080b104a0de7b6',
    'Hono for Workers, no server of its own',
    { folder: 'basic', needs: 'Workers of Cloudflare' },
  ),
  project(
    'MrGhaster/fastapi-ml-service',
    'b6ca0f4239e58bfc0d5a35ccfcad578d837c5564',
    'FastAPI, a model that its image makes',
    { page: docs, ask: openApi, needs: 'its model, which is in no repository' },
  ),
  project('fastify/demo', '1f50cc1dc6c22c27da937eb96a0ce048ebab23a9', 'Fastify in TypeScript, MySQL', {
    needs: 'MySQL',
  }),
]
