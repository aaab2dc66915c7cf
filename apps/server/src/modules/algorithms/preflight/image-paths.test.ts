import { expect, test } from 'vitest'
import { readPackage } from '../recognition/package-reading.ts'
import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { imagePaths } from './image-paths.ts'
import { about } from './preflight.test-setup.ts'

const Dockerfile =
  'FROM python:3.13\nWORKDIR /app\nCOPY requirements.txt .\nCOPY . .\nCMD ["python", "main.py"]\n'
const main = 'import joblib\n\nmodel = joblib.load("/app/models/a.pkl")\n'

const found = (files: Files, folder = '') => {
  const started = [{ path: 'main.py', text: files['main.py'] ?? main }]
  return imagePaths(readPackage(viewOf({ Dockerfile, 'main.py': main, ...files })), folder, started)
}

test('a file that the code names where its image has it is told, with a line that names it in the package', async () => {
  expect(await found({ 'models/a.pkl': '' })).toMatchObject([
    {
      code: 'preflight.image_path',
      path: 'main.py',
      line: 3,
      text: {
        en: 'main.py line 3: /app/models/a.pkl is a path in its image (WORKDIR of its Dockerfile is /app)',
      },
      mend: { en: 'Write models/a.pkl: the program runs at the top of the package' },
      adds: {
        path: 'main.py',
        lines: ['model = joblib.load("models/a.pkl")'],
        replaces: 'model = joblib.load("/app/models/a.pkl")',
      },
    },
  ])
})

test('one that the package does not have is told as that', async () => {
  const [finding] = await found({})
  expect(finding?.text.en).toContain('and the package has no models/a.pkl')
  expect(finding?.mend?.en).toContain('upload the file as well')
})

test.each<[string, Files, string?]>([
  ['another folder of the image', { 'main.py': 'open("/data/a.txt")\n' }],
  ['a comment', { 'main.py': '# open("/app/a.txt")\n' }],
  ['a folder alone', { 'main.py': 'root = "/app/models"\n' }],
  ['a way out of it', { 'main.py': 'open("/app/../etc/a.txt")\n' }],
  ['an image that has the package elsewhere', { Dockerfile: 'WORKDIR /app\nCOPY . /srv/\n' }],
  ['an image that has only parts of it', { Dockerfile: 'WORKDIR /app\nCOPY src/ .\n' }],
  ['a program that runs in a folder of the package', {}, 'src'],
])('nothing is said of %s', async (_name, files, folder) => {
  expect(await found(files, folder)).toEqual([])
})

test('the inspection of a package tells it', async () => {
  const files = { Dockerfile, 'main.py': `from fastapi import FastAPI\n${main}app = FastAPI()\n` }
  expect(await about(files, 'image_path')).toMatchObject([{ path: 'main.py', line: 4 }])
})
