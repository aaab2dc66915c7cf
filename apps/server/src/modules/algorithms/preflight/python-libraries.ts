import { distributionName } from '../../requirements/requirement-lines.ts'

/** Well-known libraries: the name that code imports, and that of the distribution where it differs. */
const others: Readonly<Record<string, string>> = {
  Crypto: 'pycryptodome',
  OpenSSL: 'pyopenssl',
  PIL: 'pillow',
  attr: 'attrs',
  bs4: 'beautifulsoup4',
  cv2: 'opencv-python-headless',
  dateutil: 'python-dateutil',
  // A part of Python until 3.11, which setuptools has since.
  distutils: 'setuptools',
  docx: 'python-docx',
  dotenv: 'python-dotenv',
  easyocr: 'easyocr',
  faiss: 'faiss-cpu',
  fitz: 'pymupdf',
  flask_cors: 'flask-cors',
  github: 'pygithub',
  google: 'protobuf',
  grpc: 'grpcio',
  jose: 'python-jose',
  jwt: 'pyjwt',
  magic: 'python-magic',
  multipart: 'python-multipart',
  mysql: 'mysql-connector-python',
  paddle: 'paddlepaddle',
  pptx: 'python-pptx',
  psycopg2: 'psycopg2-binary',
  sentence_transformers: 'sentence-transformers',
  serial: 'pyserial',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  typing_extensions: 'typing-extensions',
  usb: 'pyusb',
  whisper: 'openai-whisper',
  yaml: 'pyyaml',
  zmq: 'pyzmq',
}

const plain =
  `accelerate aiofiles aiohttp albumentations anthropic bentoml bottle catboost celery chainlit chromadb click cryptography
datasets diffusers django duckdb einops falcon fastapi flask flask_login funasr gensim gradio gunicorn h5py httpx huggingface_hub
imageio jieba jinja2 joblib jsonschema keras kornia langchain librosa lightgbm lightning litserve loguru lxml matplotlib
mediapipe mlflow modelscope moviepy networkx nicegui nltk numba numpy onnx onnxruntime openai openpyxl optimum orjson paddleocr
pandas panel peft plotly polars prophet psutil pyarrow pydantic pydub pymongo pypdf pypinyin pytesseract pytorch_lightning quart
rapidfuzz redis requests rich safetensors sanic scipy seaborn sentencepiece shap simplejson snownlp soundfile spacy
sqlalchemy starlette statsmodels streamlit sympy tensorflow tiktoken timm tokenizers torch torchaudio torchmetrics
torchvision tornado tqdm transformers trimesh typer ultralytics uvicorn vllm waitress websockets werkzeug xgboost`.split(
    /\s+/,
  )

/** The distributions of well-known libraries, by the names that code imports. */
export const distributions: ReadonlyMap<string, string> = new Map([
  ...plain.map((name): [string, string] => [name, distributionName(name)]),
  ...Object.entries(others),
])

/** Other distributions of the same library. */
const same: Readonly<Record<string, RegExp>> = {
  cv2: /^opencv-/,
  faiss: /^faiss-/,
  google: /^(google|protobuf|grpc|tensorflow|googleapis)/,
  magic: /^(python-)?magic/,
  mysql: /^(mysql|pymysql)/,
  onnxruntime: /^onnxruntime-/,
  paddle: /^paddlepaddle/,
  psycopg2: /^psycopg2/,
  tensorflow: /^tensorflow-/,
  whisper: /whisper/,
}

/** Further modules that distributions install, if code often imports them. */
const brought: Readonly<Record<string, string>> = {
  accelerate: 'torch numpy huggingface-hub safetensors psutil pyyaml',
  bentoml: 'starlette pydantic numpy requests pyyaml httpx click rich uvicorn aiohttp jinja2 psutil attrs',
  datasets: 'numpy pandas pyarrow requests huggingface-hub tqdm pyyaml',
  diffusers: 'numpy pillow requests huggingface-hub safetensors regex',
  django: 'asgiref sqlparse',
  easyocr: 'torch torchvision opencv-python-headless numpy pillow scipy scikit-image pyyaml',
  fastapi: 'starlette pydantic anyio typing-extensions',
  flask: 'werkzeug jinja2 markupsafe itsdangerous click blinker',
  funasr:
    'torch torchaudio numpy scipy librosa soundfile modelscope requests pyyaml tqdm jieba sentencepiece',
  gradio:
    'fastapi starlette uvicorn httpx pydantic numpy pandas pillow pyyaml requests jinja2 orjson typer huggingface-hub aiofiles python-multipart pydub websockets',
  httpx: 'anyio httpcore certifi',
  librosa: 'numpy scipy scikit-learn joblib soundfile numba',
  lightgbm: 'numpy scipy',
  litserve: 'fastapi starlette uvicorn pydantic numpy httpx pyzmq python-multipart',
  mlflow:
    'flask numpy pandas scipy scikit-learn matplotlib pyyaml requests click sqlalchemy pyarrow fastapi uvicorn pydantic',
  'openai-whisper': 'torch numpy numba tqdm tiktoken',
  paddleocr: 'opencv-python-headless numpy pillow pyyaml requests',
  'pytorch-lightning': 'torch numpy pyyaml tqdm torchmetrics',
  'scikit-image': 'numpy scipy pillow networkx imageio',
  'scikit-learn': 'numpy scipy joblib',
  'sentence-transformers': 'torch transformers scikit-learn numpy scipy huggingface-hub tqdm pillow',
  spacy: 'numpy pydantic requests tqdm jinja2 typer',
  streamlit: 'numpy pandas pillow requests pyarrow tornado protobuf click rich',
  tensorflow: 'numpy keras h5py protobuf requests',
  timm: 'torch torchvision pyyaml huggingface-hub safetensors numpy pillow',
  torchaudio: 'torch',
  torchmetrics: 'torch numpy',
  torchvision: 'torch numpy pillow',
  transformers: 'numpy requests pyyaml huggingface-hub tokenizers safetensors regex tqdm filelock',
  ultralytics:
    'torch torchvision opencv-python-headless numpy pillow pyyaml requests scipy matplotlib pandas psutil tqdm',
  uvicorn: 'click h11',
  xgboost: 'numpy scipy',
}

const add = (names: Iterable<string>): Set<string> =>
  new Set([...names].flatMap((name) => [name, ...(brought[name] ?? '').split(' ')]))

/** What the listed distributions install, as far as it is known. */
export const installedBy = (names: ReadonlySet<string>): ReadonlySet<string> => add(add(names))

/** Whether one of these distributions gives the library that code imports by this name. */
export function isGivenBy(library: string, installed: ReadonlySet<string>): boolean {
  const name = distributionName(library)
  if (installed.has(name) || installed.has(distributions.get(library) ?? name)) return true
  const other = same[library]
  // Most distributions are named like what they give, with a word before or after it.
  const isLike = (one: string) =>
    one === `py${name}` || one === `python-${name}` || one.startsWith(`${name}-`)
  return [...installed].some((one) => isLike(one) || other?.test(one) === true)
}
