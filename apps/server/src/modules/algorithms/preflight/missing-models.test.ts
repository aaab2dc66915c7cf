import { expect, test } from 'vitest'
import type { Files } from '../recognition/package.test-view.ts'
import { about } from './preflight.test-setup.ts'

const app = (load: string) => `import joblib\nfrom fastapi import FastAPI\n\n${load}\napp = FastAPI()\n`
const requirements = { 'requirements.txt': 'fastapi==0.115.0\njoblib==1.4.2\n' }
const found = (load: string, files: Files = {}) =>
  about({ 'main.py': app(load), ...requirements, ...files }, 'model_file_missing')

test('weights that the code reads and the package does not have are told, with the script that makes them', async () => {
  const train = "import joblib\njoblib.dump({}, 'model.pkl')\n"
  expect(await found('model = joblib.load("model.pkl")', { 'train.py': train })).toMatchObject([
    {
      path: 'main.py',
      line: 4,
      message: 'main.py line 4 reads model.pkl, which the package does not have',
      mend: expect.stringContaining('train.py makes it: run that on your computer first'),
    },
  ])
  expect(await found('PATH = "weights/best.pt"')).toMatchObject([
    { mend: expect.stringContaining('Model files') },
  ])
})

test.each<[string, string, Files?]>([
  ['weights that are there', 'model = joblib.load("model.pkl")', { 'model.pkl': '' }],
  [
    'weights in a folder that is put before them',
    'model = load(FOLDER, "model.pkl")',
    { 'data/model.pkl': '' },
  ],
  ['weights that the program makes', "joblib.dump({}, 'model.pkl')\nmodel = joblib.load('model.pkl')"],
  [
    'weights that it fetches',
    'from huggingface_hub import hf_hub_download\nmodel = joblib.load("model.pkl")',
  ],
  ['a comment', '# model = joblib.load("model.pkl")'],
  ['a sentence', 'x = """say "model.pkl" aloud"""'],
  [
    'a model file of the manifest',
    'model = joblib.load("model.pkl")',
    { 'algorithm.yaml': `models: [{ path: model.pkl, sha256: ${'a'.repeat(64)} }]\n` },
  ],
])('nothing is said of %s', async (_name, load, files) => {
  expect(await found(load, files)).toEqual([])
})
