import { describe, expect, test } from 'vitest'
import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { fastApi } from '../recognition/web-app/web-app.test-packages.ts'
import { skipPython } from './code-checker.test-setup.ts'
import { examine } from './preflight.ts'
import { about, algorithm, checker, examined } from './preflight.test-setup.ts'

describe.skipIf(skipPython !== null)('a library that no requirement lists', () => {
  const app = { 'main.py': `from model import load\n${fastApi}`, 'requirements.txt': 'fastapi\nuvicorn\n' }
  const unlisted = (files: Files) => about(files, 'import_unlisted')

  test('is named with file and line, what follows, and the line that mends it', async () => {
    expect(await unlisted({ ...app, 'model.py': 'import os\nimport lightgbm as lgb\n' })).toEqual([
      {
        code: 'preflight.import_unlisted',
        path: 'model.py',
        line: 2,
        message: 'model.py line 2 imports lightgbm, which no requirement lists',
        follows:
          "It is not installed, and the service stops with ModuleNotFoundError: No module named 'lightgbm'",
        mend: 'Add the line lightgbm to requirements.txt',
        adds: { path: 'requirements.txt', lines: ['lightgbm'] },
      },
    ])
  })

  test('is told by the name of its distribution, and the file is made if there is none', async () => {
    const [found] = await unlisted({ 'ai_algorithm.py': `import sentence_transformers\n${algorithm}` })
    expect(found?.adds).toEqual({ path: 'requirements.txt', lines: ['sentence-transformers'] })
  })

  test('that is misspelt gets the name that was meant, and no line that would install something unknown', async () => {
    const [found] = await unlisted({ 'ai_algorithm.py': `import torchh\n${algorithm}` })
    expect(found).toMatchObject({ line: 1, mend: expect.stringContaining('Did you mean torch?') })
    expect(found).not.toHaveProperty('adds')
  })

  test('of a project with pyproject.toml is to be added there, because a requirements file would replace it', async () => {
    const project = '[project]\nname = "x"\ndependencies = [\n  "fastapi",\n]\n'
    const [found] = await unlisted({ 'main.py': `import lightgbm\n${fastApi}`, 'pyproject.toml': project })
    expect(found?.mend).toBe('Add the line lightgbm to pyproject.toml')
    expect(found).not.toHaveProperty('adds')
  })

  test.each<[string, string, string]>([
    ['listed under the name of its distribution', 'from skimage.io import imread\n', 'scikit-image'],
    ['listed as another distribution of it', 'import faiss\n', 'faiss-gpu'],
    ['brought by another one', 'import torch\n', 'ultralytics'],
    ['listed in other letters', 'import flask_cors\n', 'Flask_CORS==4'],
    ['only wanted', 'try:\n    import lightgbm\nexcept ImportError:\n    lightgbm = None\n', ''],
    [
      'only for type checkers',
      'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lightgbm\n',
      '',
    ],
    ['a file of the package', 'import lightgbm\n', ''],
    ['only a name in a comment or text', '# import lightgbm\n"""\nimport lightgbm\n"""\n', ''],
  ])('is not one that is %s', async (name, model, requirement) => {
    const own: Files = name === 'a file of the package' ? { 'lightgbm/core.py': '' } : {}
    const requirements = { 'requirements.txt': `fastapi\nuvicorn\n${requirement}\n` }
    expect(await unlisted({ ...app, ...own, ...requirements, 'model.py': model })).toEqual([])
  })

  // As `pickle.dumps` writes the names of modules and the version of scikit-learn.
  const pickle = '\x80\x04\x8c\x10sklearn.pipeline\x94\x8c\x10_sklearn_version\x94\x8c\x051.5.2\x94u.'

  test('is one that only the pickle needs which the code reads, in the version that wrote it', async () => {
    const reads = {
      ...app,
      'model.py': "import joblib\nmodel = joblib.load('iris.pkl')\n",
      'iris.pkl': pickle,
    }
    expect(await about(reads, 'pickle_library_unlisted')).toEqual([
      {
        code: 'preflight.pickle_library_unlisted',
        path: 'iris.pkl',
        message: 'The model in iris.pkl needs scikit-learn==1.5.2, which no requirement lists',
        follows:
          "It is not installed, and reading the model stops with ModuleNotFoundError: No module named 'sklearn'",
        mend: 'Add the line scikit-learn==1.5.2 to requirements.txt',
        adds: { path: 'requirements.txt', lines: ['scikit-learn==1.5.2'] },
      },
    ])
    const listed = { ...reads, 'requirements.txt': 'fastapi\nuvicorn\njoblib\nscikit-learn\n' }
    expect(await about(listed, 'pickle_library_unlisted')).toEqual([])
    const unread = { ...app, 'iris.pkl': pickle }
    expect(await about(unread, 'pickle_library_unlisted')).toEqual([])
  })

  test('is not one that only a file imports that nothing starts', async () => {
    expect(await unlisted({ ...app, 'model.py': '', 'train.py': 'import lightgbm\n' })).toEqual([])
  })
})

describe('code that cannot be parsed', () => {
  test.skipIf(skipPython !== null)(
    'prevents storing if it is needed to start, else it is a warning',
    async () => {
      const files = {
        'ai_algorithm.py': `import helper\n${algorithm}`,
        'helper.py': 'x = 1\nprint "a"\n',
        'old.py': 'if\n',
      }
      const { problems, warnings } = await examined(files)
      expect(problems).toMatchObject([{ code: 'preflight.syntax', path: 'helper.py', line: 2 }])
      expect(problems[0]?.mend).toContain('Python 2')
      expect(warnings).toMatchObject([{ code: 'preflight.syntax', path: 'old.py', line: 1 }])
    },
  )

  test.skipIf(skipPython !== null)('that only a newer Python understands is told so', async () => {
    const source = `${algorithm}\ntry:\n    pass\nexcept KeyError, ValueError:\n    pass\n`
    const { problems } = await examined({ 'ai_algorithm.py': source })
    expect(problems[0]?.mend).toMatch(/Python 3\.14.*except \(A, B\):/)
  })

  test.skipIf(skipPython !== null).each(['ai_algorithm.py', 'topwords.py'])(
    'is all that is said if nothing else shows what the package is: %s',
    async (path) => {
      const text = `import re\nfrom sklearn import svm\nWORD = re.compile(r"\\w+"\n\n\n${algorithm}`
      const { recognised, problems, warnings } = await examined({ [path]: text })
      expect(recognised).toBeNull()
      expect(problems).toMatchObject([{ code: 'preflight.syntax', path, line: 3 }])
      expect(problems[0]?.message).toContain("'(' was never closed")
      expect(problems[0]?.follows).toContain('no algorithm in it was recognised')
      expect(warnings).toEqual([])
    },
  )

  test.skipIf(skipPython !== null)(
    'comes before what else a package has that nothing recognised',
    async () => {
      const { problems } = await examined({ 'go.mod': '', 'tool.py': 'print "x"\n' })
      expect(problems.map(({ code }) => code)).toEqual(['preflight.syntax', 'seen.go'])
    },
  )

  test('of a Node package is told, too', async () => {
    const server = {
      'package.json': '{"main": "index.js"}',
      'index.js': 'exports.predict = (x) => {\n  return x +\n}\n',
    }
    expect(await about(server, 'syntax')).toMatchObject([{ path: 'index.js', line: 3 }])
  })

  test('of a Node server is a warning in a file whose path is only a part of that of what starts', async () => {
    const page = 'const page = <b>not for Node</b>\n'
    const server = {
      'package.json': '{"dependencies": {"express": "4"}, "scripts": {"start": "node ./src/app.js"}}',
      'src/app.js': 'require("express")().listen(process.env.PORT)\n',
      'app.js': page,
      'p.js': page,
    }
    const { problems, warnings } = await examined(server)
    expect(problems).toEqual([])
    expect(warnings.filter(({ code }) => code === 'preflight.syntax').map(({ path }) => path)).toEqual([
      'app.js',
      'p.js',
    ])
    const broken = await examined({ ...server, 'src/app.js': 'let = }\n' })
    expect(broken.problems).toMatchObject([{ code: 'preflight.syntax', path: 'src/app.js' }])
  })
})

test.skipIf(skipPython !== null)('10,000 files are checked in part, and the rest is told', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, at) => [`deep/in/f${at}.py`, `x${at} = 1\n`]),
  )
  const found = await about({ 'ai_algorithm.py': algorithm, ...many }, 'not_all')
  expect(found.map(({ message }) => message)).toEqual([expect.stringContaining('8001 file(s)')])
})

test.skipIf(skipPython !== null)('a Python file of 50 MB is named, and the rest is checked', async () => {
  const view = viewOf({ 'ai_algorithm.py': `import data\n${algorithm}`, 'data.py': '' })
  const files = view.files.map((file) => (file.path === 'data.py' ? { ...file, size: 50_000_000 } : file))
  const readText = async (path: string) => (path === 'data.py' ? null : view.readText(path))
  const { problems, warnings } = await examine(
    { code: checker },
    'anna',
    { files, readText },
    { packageName: 'demo' },
  )
  expect(problems).toEqual([])
  expect(warnings).toMatchObject([
    { code: 'preflight.code_too_long', path: 'data.py', text: { en: expect.stringContaining('50.0 MB') } },
  ])
})

test('no file of a package is read twice', async () => {
  const view = viewOf({
    'main.py': `import model\n${fastApi}`,
    'model.py': 'x = 1\n',
    'requirements.txt': 'fastapi\n',
    'pointer.bin': `version ${'x'.repeat(200)}`,
    'algorithm.yaml': 'name: Demo\n',
  })
  const read: string[] = []
  const readText = (path: string) => {
    read.push(path)
    return view.readText(path)
  }
  await examine({ code: checker }, 'anna', { ...view, readText }, { packageName: 'demo' })
  expect(read.length).toBeGreaterThan(4)
  expect(read.toSorted()).toEqual([...new Set(read)].toSorted())
})
