import { describe, expect, test } from 'vitest'
import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { toInspection } from '../recognition/recognise.ts'
import { fastApi } from '../recognition/web-app/web-app.test-packages.ts'
import { codeCheckerHere, skipPython } from './code-checker.test-setup.ts'
import { examine } from './preflight.ts'

const checker = codeCheckerHere()
const app = {
  'main.py': `import core.config\n${fastApi}`,
  'requirements.txt': 'fastapi\nuvicorn\nstarlette\n',
}

async function needed(files: Files) {
  const recognition = await examine({ code: checker }, 'anna', viewOf({ ...app, ...files }), {
    packageName: 'demo',
  })
  const { warnings } = toInspection(recognition, [], 'en')
  return warnings.filter(({ code }) => code === 'preflight.variable_needed')
}
const starlette = 'from starlette.config import Config\nconfig = Config(".env")\n'

describe.skipIf(skipPython !== null)('a variable that the code reads when it is loaded', () => {
  test('is named with its line, what follows and what helps', async () => {
    const config =
      'import os\nPATH = os.environ["PATH"]\nKEY = os.environ["API_KEY"]\nURL = os.environ["DB_URL"]\n'
    expect(await needed({ 'core/config.py': config })).toEqual([
      {
        code: 'preflight.variable_needed',
        path: 'core/config.py',
        line: 3,
        message:
          'core/config.py line 3: it reads API_KEY, DB_URL from the environment when it is loaded, and there is no default',
        follows: 'Without them, the service ends when it starts',
        mend: expect.stringContaining('the deploy asks for their values'),
        adds: { path: 'algorithm.yaml', lines: ['env: [API_KEY, DB_URL]'] },
      },
    ])
  })

  test('has no line that would be the second of its kind in algorithm.yaml', async () => {
    const config = 'import os\nKEY = os.environ["API_KEY"]\n'
    const [found] = await needed({ 'core/config.py': config, 'algorithm.yaml': 'env: [OTHER]\n' })
    expect(found).toMatchObject({ mend: expect.stringContaining('env in algorithm.yaml') })
    expect(found).not.toHaveProperty('adds')
  })

  test('is found in the configuration of Starlette', async () => {
    const config = `${starlette}A: str = config("API_KEY", cast=str)\nB = config("DEBUG", default=False)\n`
    const [found] = await needed({ 'core/config.py': config })
    expect(found?.message).toContain('it reads API_KEY from the environment')
  })

  test('is found in a class, which runs when it is loaded', async () => {
    const config = 'import os\nclass Config:\n    # Settings\n\n    KEY = os.environ["API_KEY"]\n'
    expect(await needed({ 'core/config.py': config })).toMatchObject([{ line: 5 }])
  })

  test('is found in a value of several lines, where Django names its databases', async () => {
    const config =
      "import os\nDATABASES = {\n    'default': {\n        'NAME': os.environ['PGDATABASE'],\n        'HOST': os.environ['PGHOST'],\n    }\n}\n"
    expect(await needed({ 'core/config.py': config })).toMatchObject([
      { line: 4, adds: { lines: ['env: [PGDATABASE, PGHOST]'] } },
    ])
  })

  test.each([
    ['Flask loads by its name', 'app.config.from_object("settings.Config")\n'],
    [
      'is named where its application is made',
      'def create(config="settings.Config"):\n    app.config.from_object(config)\n',
    ],
    ['is the settings of Django', 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n'],
  ])('is found in a file that %s', async (_name, loads) => {
    const files = {
      'main.py': `from flask import Flask\napp = Flask(__name__)\n${loads}`,
      'settings.py': 'import os\nclass Config:\n    KEY = os.environ["API_KEY"]\n',
      'requirements.txt': 'flask\n',
    }
    expect(await needed(files)).toMatchObject([{ path: 'settings.py', line: 3 }])
  })

  test.each<[string, string, Files]>([
    ['it has a default', 'import os\nKEY = os.environ.get("API_KEY")\n', {}],
    ['it is set', 'import os\nos.environ["API_KEY"] = "x"\nKEY = os.environ["API_KEY"]\n', {}],
    ['it is read later', 'import os\ndef key():\n    return os.environ["API_KEY"]\n', {}],
    [
      'it is read in a method',
      'import os\nclass A:\n    def key(self):\n        return os.environ["API_KEY"]\n',
      {},
    ],
    ['it is looked for', 'import os\nKEY = os.environ["API_KEY"] if "API_KEY" in os.environ else None\n', {}],
    ['it is declared', 'import os\nKEY = os.environ["API_KEY"]\n', { 'algorithm.yaml': 'env: [API_KEY]\n' }],
    ['it is in .env', 'import os\nKEY = os.environ["API_KEY"]\n', { '.env': 'API_KEY=x\n' }],
    ['another config is called', 'A = config("API_KEY")\n', {}],
  ])('is not told about if %s', async (_name, config, files) => {
    expect(await needed({ 'core/config.py': config, ...files })).toEqual([])
  })
})
