import { docs, ofStreamlit, openApi, post, project, type PublicProject } from './public-projects.project.ts'

const iris = [5.1, 3.5, 1.4, 0.2]

/** Projects of a fourth round, chosen by their kind before they were tried. */
export const fourth: PublicProject[] = [
  project(
    'kuizuo/ddddocr_server',
    'c02c6d7a92a1b96023677992281676b6152bfbae',
    'FastAPI in Chinese, requirements in UTF-16, reads its arguments when it is loaded',
    { page: { path: '/ping', contains: 'pong' }, ask: openApi },
  ),
  project(
    'sml2h3/ddddocr-fastapi',
    'a40a6b96d7259c2f5cd544963d147cbd40be344d',
    'FastAPI of 2021, pinned, README in Chinese',
    { page: docs, ask: openApi },
  ),
  project(
    'arpon-kapuria/fastapi-model-serving-api',
    '70e032f00c8e06d9add224002e0b915f2b91d3b0',
    'FastAPI in src/, lock of uv, a pickled model',
    { page: docs, ask: openApi },
  ),
  project(
    'mr-adonis-jimenez/docker-sklearn-api',
    '0e2c35c5f211f298eb98811fd2d6c328f0897e97',
    'FastAPI, pinned, a model that its script trains',
    { ask: { path: '/health', contains: 'healthy' } },
  ),
  project(
    'Jawad-Khalique/flask-sklearn-api',
    '1fc24b07c350f7056a32869d787da98e33a2a35f',
    'Flask, unpinned, a model in joblib',
    { ask: post('/predict', { features: iris }, 'setosa') },
  ),
  project(
    'WalidOEa/Fake-Tweet-Detector',
    '09e8c1105cab5ea0bb5fe87647ccd3d6d9d18cd2',
    'Flask in a folder, Procfile, runtime.txt, paths from the top',
    {
      page: {
        path: '/classify',
        method: 'POST',
        json: { tweet: 'a shark swims in the street' },
        contains: 'prediction',
      },
    },
  ),
  project(
    'Narglc/detect-flask',
    '2ade3fc6b6f86faf390dd80f810a2fdd1de4a89f',
    'Flask, pinned, README in Chinese, writes logs',
    { page: post('/detect-language', { text: '你还好吗？' }, 'zh') },
  ),
  project(
    'zclcz/rapidocr-api',
    'b57e734ecc1c4d51886be6ac941e6544df8262fc',
    'Flask, OCR by ONNX Runtime, pinned, comments in Chinese',
    { page: { path: '/ocr', method: 'POST', json: {}, contains: 'OCR Error' } },
  ),
  project(
    'tom0411/BAD-Project',
    '68bbcff94c3ea72c0f24e21d1d23fa81421664db',
    'Sanic beside Express, a frozen list of another program',
    { page: { path: '/', contains: 'Predicted demand' } },
  ),
  project(
    'quickplates/litestar-example',
    '63dcc74a8e6066913fa68395a69ee09e98caa4f7',
    'Litestar, src/, lock of uv, started by its own command',
    { page: { path: '/ping' } },
  ),
  project(
    'nishimotz/hello-litestar-htmx',
    '8ae26c3e47e992c3089fea04f022b05944af9a35',
    'Litestar, src/, templates at the top, asks for Python 3.14',
  ),
  project(
    'DBProductions/tornado-examples',
    'ef0f7046c4219b712ad22128bb7771680573d126',
    'Tornado, several programs, no requirements',
    { folder: 'basics' },
  ),
  project('kjiwa/bottle-example', '86c8e91c52db3a11766811db5961a62df325f8db', 'Bottle, Procfile', {
    page: { path: '/', contains: 'Hello' },
  }),
  project(
    'bensooraj/ray-serve-fastapi-pydantic',
    '34bf7dd58b418574ce101818655a669156dc4b30',
    'Ray Serve, FastAPI as its ingress, src/',
    { page: { path: '/name', contains: 'model_chain_app' }, ask: post('/ingress', { input: 3 }, '8') },
  ),
  project(
    'hyochan/ts-node-koa-example',
    '314114d790be4fa76b2cce9221abceda28425131',
    'Koa in TypeScript, run by ts-node, a fixed port',
    { page: { path: '/', contains: 'Hello' } },
  ),
  project(
    'yestool/hono-nodejs',
    '3d9be86e430759b6c35cee4439383c1e067e279e',
    'Hono on Node, TSX, no lock, a fixed port',
  ),
  project(
    'eaedk/gradio-iris-app-for-one-by-one-prediction',
    '3a679b6cca0d510e12b37ae6bedec214094e19d0',
    'Gradio in src/, a pickled model, paths from the file',
    { ask: { path: '/info', contains: 'named_endpoints' }, needs: 'Python 3.10' },
  ),
  project(
    'as183789043/BentoML-Iris-Predict',
    'fea8e9dc6ad7646719c667642b15e3d47cf9d6e4',
    'BentoML 1.1, a model that its script trains',
    { page: docs, needs: 'its model, which is in no repository' },
  ),
  project(
    'akhilboddu/conda-flask-docker-heroku',
    '4c4902f5a574bd896b6285a1de170aff38e1281e',
    'Flask, environment.yml of conda',
    { needs: 'Python 3.9' },
  ),
  project(
    'veryacademy/YT-Vue-Django-ML-Iris-API',
    'a7e368cdb34462d5b3814850fafcd5c5f5890cf7',
    'Django, REST framework, SQLite, a page of Vue beside it',
    { page: { path: '/admin/login/', contains: 'csrf' } },
  ),
  project(
    'Dhiraj123-star/django-ml-app',
    'e708498ed8ee1ff5745a27dd9d6f6578a3e31f6a',
    'Django, nginx in its compose file, a model that its script trains',
  ),
  ofStreamlit(
    'jaideeppoojary/ajiet_workshop',
    '41f55e57f6dbcc00ba4b04a3c5ab282ff57ed449',
    'Streamlit, several pages of one kind, environment.yml beside requirements.txt',
  ),
  project(
    'garethjns/sklearn-model-server',
    '098ac26219bc8e4b6de278e678f23450eb1dd8e6',
    'hug, run.sh, setup.py, two pickles',
    { folder: 'Model-Server-REST', needs: 'Python 3.8' },
  ),
  project(
    'jinal263/ChurnPredictor-FastAPI-ML',
    'edd193c0cf3dc26428043751843bbc31a823ab27',
    'FastAPI, SQLite, pages of its own, trains when it is asked',
    { ask: { path: '/health' } },
  ),
  project(
    'hacktuarial/flask-example',
    'db709eea7768e0d3e94fa24b419e50c0eee17970',
    'one model behind Flask, Sanic, aiohttp and Tornado',
    { needs: 'Python 3.6 and a model that its script trains' },
  ),
  project(
    'axemanks/quart-example-app-blue-edge',
    '3993a42c4d29dad48a021c8dc27022d01a23160f',
    'Quart in app/backend, React beside it',
    { needs: 'a key of OpenAI' },
  ),
  project(
    'LDSSA/heroku-model-deploy',
    'ea871db94be72b84f66b51ea972c6af940e7d6fe',
    'Flask, heroku.yml, two lists of requirements',
    { needs: 'Python 3.8' },
  ),
  project(
    'pistatium/ml_api_example',
    'f4deb24104ed794619c34cd16b9421af05ba5522',
    'Sanic, Pipfile.lock of 2018',
    { needs: 'Python 3.6' },
  ),
  project(
    'Mehdii-tech/ml-sentiment-flask-api',
    '882d1540e23b43c0e59fad66bc47a56a0227be07',
    'Flask, compose file with MySQL, a schedule',
    { needs: 'MySQL' },
  ),
  project('danneu/koa-example', '66a53b16fc1c62aeeef70da2aca1aa6c714f8723', 'Koa of 2014, --harmony', {
    needs: 'PostgreSQL',
  }),
  project('fredyw/ray-serve-example', '214c9ae693a21034556e3e197bdb667c99532734', 'Ray Serve, transformers', {
    needs: 'a model of a hub',
  }),
  project(
    'bhimrazy/litserve-embedding-api',
    '2720a41a5084722166c5f252fdb420ec5da69c17',
    'LitServe, three servers in one folder',
    { needs: 'a model of a hub' },
  ),
  project('alexniver/axum-examples', 'd7c7b13daa739a227d38a5a13df572c88284ea63', 'Rust, a workspace', {
    needs: 'a compiler of Rust',
  }),
  project(
    'fastapi-practices/ddddocr_server',
    '30f9582dc999cad2d30fa278d662e6788d0c4fe4',
    'routes of FastAPI for another program',
    { needs: 'the program that it extends' },
  ),
]
