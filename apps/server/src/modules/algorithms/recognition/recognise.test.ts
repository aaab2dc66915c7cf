import { describe, expect, test } from 'vitest'
import type { PackageView } from '../../sources/package-view.ts'
import { recognise, toInspection } from './recognise.ts'

const viewOf = (files: Record<string, string>): PackageView => ({
  files: Object.entries(files).map(([path, text]) => ({ path, size: Buffer.byteLength(text) })),
  readText: async (path) => files[path] ?? null,
})
const inspect = async (files: Record<string, string>, given = {}, language: 'zh' | 'en' = 'en') =>
  toInspection(await recognise(viewOf(files), { packageName: 'demo', ...given }), [], language)

const algorithm =
  'class Algorithm:\n    def predict(self, input_data, **parameters):\n        return input_data\n'
const routes =
  '@app.post("/predict")\ndef p(): ...\n@app.get("/health")\ndef h(): ...\n@app.get("/info")\ndef i(): ...\n'

describe('forms', () => {
  test.each<[string, Record<string, string>, string | null, string | null]>([
    ['one file', { 'ai_algorithm.py': algorithm }, 'single-file', 'ai_algorithm.py:Algorithm'],
    [
      'one file beside data',
      { 'ai_algorithm.py': algorithm, 'model.bin': '' },
      'single-file',
      'ai_algorithm.py:Algorithm',
    ],
    [
      'Chinese file and class',
      { '情感分析.py': 'class 分类器(object):\n  async def predict(self, x): pass\n' },
      'single-file',
      '情感分析.py:分类器',
    ],
    [
      'with requirements',
      { 'ai_algorithm.py': algorithm, 'requirements.txt': 'numpy' },
      'python-package',
      'ai_algorithm.py:Algorithm',
    ],
    [
      'with modules of its own',
      { 'ai_algorithm.py': algorithm, 'net/layers.py': 'class Net:\n  def predict(self, x): pass' },
      'python-package',
      'ai_algorithm.py:Algorithm',
    ],
    [
      'FastAPI',
      { 'main.py': `from fastapi import FastAPI\napp = FastAPI(\n  title="x",\n)\n${routes}` },
      'asgi-app',
      'main.py:app',
    ],
    [
      'FastAPI wins over a class beside it',
      { 'main.py': `app: FastAPI = fastapi.FastAPI()\n${routes}`, 'ai_algorithm.py': algorithm },
      'asgi-app',
      'main.py:app',
    ],
    [
      'a main.py without an application of its own is part of a package',
      {
        'main.py': 'from vitrine_runtime import create_app\napp = create_app()\n',
        'ai_algorithm.py': algorithm,
      },
      'python-package',
      'ai_algorithm.py:Algorithm',
    ],
    [
      'Cog',
      {
        'cog.yaml': 'predict: "run.py:Speaker"\nbuild: {gpu: false}',
        'run.py': 'class Speaker(BasePredictor):\n  def predict(self): pass',
      },
      'cog-package',
      'run.py:Speaker',
    ],
    [
      'Node, CommonJS',
      { 'package.json': '{"main":"./lib/a"}', 'lib/a.js': 'exports.predict = async () => []' },
      'node-package',
      'lib/a.js',
    ],
    [
      'Node, object',
      { 'package.json': '{}', 'index.js': 'module.exports = { setup, async predict(a) {} }' },
      'node-package',
      'index.js',
    ],
    [
      'Node, module',
      { 'package.json': '{}', 'index.js': 'export async function* predict(a) {}' },
      'node-package',
      'index.js',
    ],
    [
      'Node, list',
      { 'package.json': '{}', 'index.js': 'const a = 1\nexport { run as predict, setup }' },
      'node-package',
      'index.js',
    ],
    [
      'command',
      { 'algorithm.yaml': 'runtime: command\nentry: ./server --port $PORT', server: '' },
      'command',
      './server --port $PORT',
    ],
    [
      'Node that exports something else',
      { 'package.json': '{}', 'index.js': '// exports.predict = 1\nexports.other = 2' },
      null,
      null,
    ],
    ['a class without predict', { 'ai_algorithm.py': 'class Algorithm:\n  def run(self): pass' }, null, null],
    [
      'predict inside a comment or a string',
      { 'a.py': '"""\nclass A:\n  def predict(self): pass\n"""\n# class B:' },
      null,
      null,
    ],
    [
      'a class and a function with other names',
      { 'a.py': 'class A:\n  x = 1\ndef answer(): pass' },
      null,
      null,
    ],
    ['nothing', { 'README.md': '# hi' }, null, null],
  ])('%s', async (_name, files, form, entry) => {
    const result = await inspect(files)
    expect([result.recognised, result.manifest?.entry ?? null]).toEqual([form, entry])
  })

  test('the deciding facts are given in the reader’s language', async () => {
    const files = { 'sentiment.py': 'class Model:\n def predict(self, x): pass' }
    expect((await inspect(files, {}, 'zh')).because[0]).toContain('sentiment.py 里的类 Model 有 predict 方法')
    expect((await inspect(files, {}, 'en')).because[0]).toContain('the class Model in sentiment.py')
  })

  test('a package is called one because of files that it has', async () => {
    const files = { 'main.py': algorithm }
    expect((await inspect(files, {}, 'zh')).because[1]).toBe('包里有 main.py，按完整算法包处理')
    expect((await inspect({ ...files, 'net.py': '' })).because[1]).toContain('The package has main.py, so')
  })

  test('an unrecognised package says what was looked for', async () => {
    const { problems, because } = await inspect({ 'a.txt': '' })
    expect(because).toEqual([])
    expect(problems).toMatchObject([{ code: 'algorithm.not_recognised' }])
    expect(problems[0]?.message).toContain('cog.yaml')
  })

  test('a web application without POST /predict is told how it gets a stage, and warned of nothing', async () => {
    const app = `from fastapi import FastAPI\napp = FastAPI()\n${routes}`
    const other = await inspect({
      'main.py': app.replace('/predict', '/classify'),
      'requirements.txt': 'fastapi\nuvicorn\n',
    })
    expect(other.warnings).toEqual([])
    expect(other.because.join(' ')).toContain('choose an operation for its stage')
    expect((await inspect({ 'main.py': app })).because.join(' ')).not.toContain('choose an operation')
  })

  test('two classes with predict are a question to the author', async () => {
    const predict = '\n  def predict(self, x): pass\n'
    const { problems } = await inspect({ 'a.py': `class A:${predict}class B:${predict}` })
    expect(problems).toMatchObject([{ code: 'manifest.entry_ambiguous' }])
    expect(problems[0]?.message).toContain('a.py:A, a.py:B')
  })

  test('a class that seems to inherit predict is accepted with a warning', async () => {
    const { recognised, warnings } = await inspect({
      'ai_algorithm.py': 'class Algorithm(Base):\n  pass',
      'b.py': '',
    })
    expect([recognised, warnings[0]?.code]).toEqual(['python-package', 'manifest.predict_inherited'])
  })

  test('a cog.yaml whose predictor is missing is a problem', async () => {
    const { recognised, problems } = await inspect({ 'cog.yaml': 'predict: "predict.py:Predictor"' })
    expect([recognised, problems[0]?.code]).toEqual(['cog-package', 'manifest.entry_missing'])
  })
})

describe('algorithm.yaml', () => {
  test('its entry decides before everything else', async () => {
    const files = {
      'algorithm.yaml': 'entry: lib/深层.py:Deep',
      'lib/深层.py': 'class Deep:\n\tdef predict(self, x):\n\t\tpass',
      'ai_algorithm.py': algorithm,
      'main.py': 'app = FastAPI()',
    }
    const { recognised, manifest, problems } = await inspect(files)
    expect([recognised, manifest?.entry, problems]).toEqual(['python-package', 'lib/深层.py:Deep', []])
  })

  test.each([
    ['entry: gone.py:A', 'manifest.entry_missing'],
    ['entry: ai_algorithm.py:Gone', 'manifest.entry_missing'],
    ['runtime: command', 'manifest.entry_missing'],
    ['runtime: docker', 'manifest.runtime_unsupported'],
    ['runtime: node\nentry: gone.js', 'manifest.entry_missing'],
    ['id: status', 'manifest.id_reserved'],
    ['cover: gone.png', 'manifest.cover_missing'],
    ['description: "a\\0b"', 'manifest.text_unstorable'],
    ['description: "\\uD800"', 'manifest.text_unstorable'],
    ['input: {type: strnig}', 'manifest.schema_invalid'],
    ['examples: [{name: a, input_data: [1, 2], expect: [1]}]', 'manifest.example_expect'],
    [
      'input: {type: string, x-kind: image}\nexamples: [{name: a, input_data: [examples/gone.jpg]}]',
      'manifest.example_missing',
    ],
    [
      'input: {type: object, properties: {photo: {x-kind: image}}}\nexamples: [{name: a, input_data: [{photo: gone.jpg}]}]',
      'manifest.example_missing',
    ],
  ])('what does not fit is a problem: %s', async (text, code) => {
    const { problems } = await inspect({ 'algorithm.yaml': text, 'ai_algorithm.py': algorithm })
    expect(problems.map((problem) => problem.code)).toEqual([code])
  })

  test.each([
    ['name: a\nconcurency: 2', 'line 2, field concurency'],
    ['name: a\nhealth:\n  startup_timeout_s: soon', 'line 3, field health.startup_timeout_s'],
    ['name: a\ntranslations:\n  en:\n    a: 1', 'line 4, field translations.en.a'],
    ['name: a\ntranslations:\n  fr: {}', 'line 3, field translations.fr'],
    ['id: a\nname: [a', 'line 2'],
    [
      'a: &a [1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c]',
      'alias',
    ],
    ['- 1\n- 2', 'algorithm.yaml'],
  ])('a mistake is told by its place: %j', async (text, place) => {
    const { problems } = await inspect({ 'algorithm.yaml': text, 'ai_algorithm.py': algorithm })
    expect(problems[0]?.code).toBe('manifest.invalid')
    expect(problems[0]?.message).toContain(place)
  })

  test('a version written as a number keeps its text', async () => {
    const { manifest, problems } = await inspect({
      'algorithm.yaml': 'version: 1.10',
      'ai_algorithm.py': algorithm,
    })
    expect([manifest?.version, problems]).toEqual(['1.10', []])
  })
})

describe('inferred fields', () => {
  test('id: given, then stated, then made from the name of the package', async () => {
    const files = { 'algorithm.yaml': 'id: stated\nname: 名称', 'ai_algorithm.py': algorithm }
    expect((await inspect(files, { algorithmId: 'given' })).manifest).toMatchObject({
      id: 'given',
      name: '名称',
    })
    expect((await inspect(files, { name: '标题' })).manifest).toMatchObject({ id: 'stated', name: '标题' })
    expect(
      (await inspect({ 'ai_algorithm.py': algorithm }, { packageName: '情感分析 v2' })).manifest,
    ).toMatchObject({
      id: 'qing-gan-fen-xi-v2',
      name: '情感分析 v2',
    })
  })

  test('parameters: those of predict that have a literal default', async () => {
    const source = `class Algorithm:
    def predict(self, input_data, top_k: int = 3, threshold: float = 1, language='zh',
                verbose=False, names=("a", "b"), **rest):
        return []
`
    expect((await inspect({ 'ai_algorithm.py': source })).manifest?.parameters).toEqual({
      type: 'object',
      properties: {
        top_k: { type: 'integer', default: 3, 'x-order': 0 },
        threshold: { type: 'number', default: 1, 'x-order': 1 },
        language: { type: 'string', default: 'zh', 'x-order': 2 },
        verbose: { type: 'boolean', default: false, 'x-order': 3 },
      },
    })
  })

  test.each([
    ['input: {type: string}\noutput: {x-kind: classification}', 'text-classification'],
    ['input: {x-kind: image}\noutput: {x-kind: classification}', 'image-classification'],
    ['input: {x-kind: image}\noutput: {type: array, items: {x-kind: detection}}', 'object-detection'],
    ['output: {x-kind: transcript}', 'automatic-speech-recognition'],
    ['output: {x-kind: number}', 'other'],
    ['task: my-task', 'my-task'],
  ])('the task: %s', async (text, task) => {
    const { manifest } = await inspect({ 'algorithm.yaml': text, 'ai_algorithm.py': algorithm })
    expect(manifest?.task).toBe(task)
  })

  test('everything else has its default', async () => {
    expect((await inspect({ 'ai_algorithm.py': algorithm })).manifest).toMatchObject({
      version: '1.0.0',
      input: {},
      health: { path: '/health', startup_timeout_s: 60, interval_s: 10 },
      batch: { max_size: 1, max_wait_ms: 5 },
      concurrency: 1,
      cover: null,
    })
  })
})
