import type { PackageFiles } from '../support/api-client.ts'

/** The smallest algorithm: returns its input after a word that distinguishes versions. */
export const echo = (word = 'echo'): PackageFiles => ({
  'ai_algorithm.py': [
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    `        return [f"${word}:{element}" for element in input_data]`,
    '',
  ].join('\n'),
})

/** Returns another number each time. */
export const randomNumber: PackageFiles = {
  'ai_algorithm.py': [
    'import random',
    '',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        return [random.random() for element in input_data]',
    '',
  ].join('\n'),
}

/** Says what its variables are: those whose names are its input. It declares two, and reads others too. */
export const told: PackageFiles = {
  'ai_algorithm.py': [
    'import os',
    '',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        return [os.environ.get(name, "none") for name in input_data]',
    '',
  ].join('\n'),
  'algorithm.yaml': 'env: [GREETING, MODEL_TOKEN]\n',
}

/** Reports progress and prints for as long as its input says. */
export const counting: PackageFiles = {
  'ai_algorithm.py': [
    'import time',
    'import vitrine',
    '',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        steps = input_data[0]',
    '        for step in range(steps):',
    '            print(f"step {step}", flush=True)',
    '            vitrine.progress((step + 1) / steps, f"step {step + 1} of {steps}")',
    '            yield step',
    '            time.sleep(0.05)',
    '',
  ].join('\n'),
}

/** Counts as `counting` does, once a file exists, so that nobody misses its events. An element is `{steps, gate}`. */
export const gatedCounting: PackageFiles = {
  'ai_algorithm.py': String(counting['ai_algorithm.py'])
    .replace('import time', 'import os, time')
    .replace(
      'steps = input_data[0]',
      [
        'steps, gate = input_data[0]["steps"], input_data[0]["gate"]',
        'while not os.path.exists(gate):',
        '    time.sleep(0.01)',
      ].join('\n        '),
    ),
}

/** Returns the number of bytes of its picture. */
export const pictureSize: PackageFiles = {
  'ai_algorithm.py': [
    'import os',
    '',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        return [os.path.getsize(path) for path in input_data]',
    '',
  ].join('\n'),
  'algorithm.yaml': 'task: image-classification\ninput:\n  x-kind: image\n',
}

const manifest = (text: string) => `${text.trim()}\n`

/** A Python package whose requirements are already on the machine. */
export const pythonPackage: PackageFiles = {
  'model.py': [
    'class Doubler:',
    '    def setup(self):',
    '        self.factor = 2',
    '    def predict(self, input_data, **parameters):',
    '        return [self.factor * element for element in input_data]',
    '',
  ].join('\n'),
  'requirements.txt': 'fastapi\nuvicorn\n',
  'algorithm.yaml': manifest(
    'id: doubler\nruntime: python\nentry: model.py:Doubler\ninput:\n  type: number\n',
  ),
}

/** A FastAPI application with its own routes. */
export const fastApiApp: PackageFiles = {
  'main.py': [
    'from fastapi import FastAPI',
    '',
    'app = FastAPI()',
    '',
    '@app.get("/health")',
    'def health():',
    '    return {"status": "READY", "uptime_s": 1.0, "detail": None}',
    '',
    '@app.get("/info")',
    'def info():',
    '    return {"name": "own"}',
    '',
    '@app.post("/predict")',
    'def predict(body: dict):',
    '    return {"own": body["input_data"]}',
    '',
  ].join('\n'),
}

/** A package for Cog. */
export const cogPackage: PackageFiles = {
  'cog.yaml': 'predict: predict.py:Predictor\n',
  'predict.py': [
    'from cog import BasePredictor, Input',
    '',
    'class Predictor(BasePredictor):',
    '    def setup(self):',
    '        self.mark = "!"',
    '    def predict(self, text: str = Input(description="what to shout")) -> str:',
    '        return text.upper() + self.mark',
    '',
  ].join('\n'),
}

/** A Node package. */
export const nodePackage: PackageFiles = {
  'package.json': '{ "name": "reverse", "version": "1.0.0", "type": "module", "main": "index.js" }\n',
  'index.js': "export const predict = (inputData) => inputData.map((text) => [...text].reverse().join(''))\n",
}

/** A server with Python's standard library that ends at once at SIGTERM. */
export const command: PackageFiles = {
  'server.py': [
    'import json, os',
    'from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer',
    '',
    'class Handler(BaseHTTPRequestHandler):',
    '    protocol_version = "HTTP/1.1"',
    '    def answer(self, body):',
    '        data = json.dumps(body).encode()',
    '        self.send_response(200)',
    '        self.send_header("Content-Type", "application/json")',
    '        self.send_header("Content-Length", str(len(data)))',
    '        self.end_headers()',
    '        self.wfile.write(data)',
    '    def do_GET(self):',
    '        self.answer({"ok": True})',
    '    def do_POST(self):',
    '        length = int(self.headers.get("Content-Length", 0))',
    '        inputs = json.loads(self.rfile.read(length))["input_data"]',
    '        self.answer({"own": inputs})',
    '',
    'ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()',
    '',
  ].join('\n'),
  'algorithm.yaml': manifest('id: own-server\nruntime: command\nentry: python3 server.py\n'),
}

/** The same server, which reports a request with an input and then takes some seconds to answer. */
export const slowCommand = (seconds: number): PackageFiles => ({
  ...command,
  'server.py': String(command['server.py'])
    .replace('import json, os', 'import json, os, time')
    .replace(
      '        self.answer({"own"',
      `        if inputs: print("asked", flush=True); time.sleep(${seconds})\n        self.answer({"own"`,
    ),
})

/** The same server, which takes its port only when a file exists. */
export const hesitant = (gate: string): PackageFiles => ({
  'algorithm.yaml': `${command['algorithm.yaml']}health: { startup_timeout_s: 60 }\n`,
  'server.py': String(command['server.py']).replace(
    'import json, os',
    `import json, os, time\nwhile not os.path.exists(${JSON.stringify(gate)}): time.sleep(0.05)`,
  ),
})

/** Becomes ready when a file says `go`, and fails when it says `fail`. */
export const waits = (gate: string): PackageFiles => ({
  'ai_algorithm.py': [
    'import os, time',
    'def said():',
    `    return open(${JSON.stringify(gate)}).read() if os.path.exists(${JSON.stringify(gate)}) else ""`,
    'class Algorithm:',
    '    def setup(self):',
    '        while said() not in ("go", "fail"):',
    '            time.sleep(0.02)',
    '        if said() == "fail":',
    '            raise RuntimeError("not today")',
    '    def predict(self, input_data, **parameters):',
    '        return [f"new:{element}" for element in input_data]',
    '',
  ].join('\n'),
})

/** Takes some seconds to become ready. */
export const slowStart = (seconds: number): PackageFiles => ({
  'ai_algorithm.py': [
    'import time',
    '',
    'class Algorithm:',
    '    def setup(self):',
    `        time.sleep(${seconds})`,
    '    def predict(self, input_data, **parameters):',
    '        return [f"slow:{element}" for element in input_data]',
    '',
  ].join('\n'),
})

/** Is recognised but never becomes ready. */
export const broken: PackageFiles = {
  'ai_algorithm.py': [
    'class Algorithm:',
    '    def setup(self):',
    '        raise RuntimeError("the weights are missing")',
    '    def predict(self, input_data, **parameters):',
    '        return input_data',
    '',
  ].join('\n'),
}

/** Answers with the id of its instance: inside a sandbox, process ids are others. The lines of `setup` run first. */
export const whoAmI = (mark = 'process', ...setup: string[]): PackageFiles => ({
  'ai_algorithm.py': [
    'import os',
    'class Algorithm:',
    '    def setup(self):',
    ...(setup.length > 0 ? setup : ['pass']).map((line) => `        ${line}`),
    '    def predict(self, input_data):',
    `        return [f"${mark}:{os.environ['VITRINE_INSTANCE']}"]`,
    '',
  ].join('\n'),
})
