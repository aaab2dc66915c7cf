import { describe, expect, test } from 'vitest'
import type { PackageView } from '../../../sources/package-view.ts'
import { recognise } from '../recognise.ts'
import { readLaunch } from './launch-edits.ts'
import { applyEdits } from './text-edit.ts'

type Files = Record<string, string>

const viewOf = (files: Files): PackageView => ({
  files: Object.entries(files).map(([path, text]) => ({ path, size: Buffer.byteLength(text) })),
  readText: async (path) => files[path] ?? null,
})

/** The findings about a package, and its files as they are deployed. */
async function read(files: Files) {
  const view = viewOf(files)
  const recognition = await recognise(view, { packageName: 'demo' })
  if (!recognition.manifest) throw new Error('the package is not recognised')
  const { edits, findings } = await readLaunch(view, recognition.manifest)
  const deployed = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      applyEdits(
        text,
        edits.filter((edit) => edit.path === path),
      ),
    ]),
  )
  expect(recognition.warnings).toEqual(expect.arrayContaining(findings))
  return { deployed, findings, problems: recognition.problems }
}

const app = 'from fastapi import FastAPI\nimport uvicorn\napp = FastAPI()\n'
const port = 'int(__import__("os").environ["PORT"])'
const host = '__import__("os").environ["HOST"]'
const start = 'source venv/bin/activate\npython main.py\n'

describe('a start script', () => {
  test.each<[string, string, string]>([
    ['a folder of another machine', 'cd /opt/ai-services/service-1', 'cd "$(dirname "$0")"'],
    ['in quotes', 'cd "/opt/my-services/a"', 'cd "$(dirname "$0")"'],
    ['with what follows', 'cd /srv/a || exit 1', 'cd "$(dirname "$0")" || exit 1'],
    ['a folder of the package below it', 'cd /srv/a/app', 'cd "$(dirname "$0")/app"'],
    [
      'the same folder in other lines',
      'cd /srv/a\nsource /srv/a/venv/bin/activate\nexport DATA="/srv/a/data"',
      'cd "$(dirname "$0")"\nsource "$(dirname "$0")"/venv/bin/activate\nexport DATA="$(dirname "$0")/data"',
    ],
    ['a port', 'uvicorn main:app --port 8001', 'python3 -m uvicorn main:app --port "$PORT"'],
    ['a port by =', 'uvicorn main:app --port=8001', 'python3 -m uvicorn main:app --port="$PORT"'],
    ['an open address', 'uvicorn main:app --host 0.0.0.0', 'python3 -m uvicorn main:app --host "$HOST"'],
    ['both at once', 'gunicorn -b 0.0.0.0:8001 main:app', 'python3 -m gunicorn -b "$HOST:$PORT" main:app'],
    [
      'a server by its command',
      '. venv/bin/activate && exec venv/bin/uvicorn a:app',
      '. venv/bin/activate && exec venv/bin/python3 -m uvicorn a:app',
    ],
    ['a variable', 'export PORT=8001', 'export PORT="$PORT"'],
  ])('is deployed with its own folder and port: %s', async (_name, line, expected) => {
    const { deployed, findings, problems } = await read({
      'main.py': app,
      'app/routes.py': '',
      'start.sh': `#!/bin/sh\n${line}\n`,
    })
    expect(deployed['start.sh']).toBe(`#!/bin/sh\n${expected}\n`)
    expect(findings[0]?.text.en).toMatch(/^start\.sh line 2: /)
    expect(findings[0]?.text.zh).toMatch(/^start\.sh 第 2 行：/)
    expect(problems).toEqual([])
  })

  test.each([
    'cd "$(dirname "$0")"',
    '# cd /opt/ai-services/service-1 --port 8001',
    'python -m uvicorn main:app --host "$HOST" --port "$PORT"',
    'exec python3 -m uvicorn main:app --host 127.0.0.1 --port ${PORT}',
    'REPORT=8001 SUPPORT=80 ./serve --report 80',
    'cd app',
  ])('that does so already stays as it is: %s', async (line) => {
    const script = `#!/bin/sh\n${line}\n`
    const { deployed, findings } = await read({ 'main.py': app, 'start.sh': script })
    expect([deployed['start.sh'], findings]).toEqual([script, []])
  })

  test('code that names a folder of another machine gets a finding with its line', async () => {
    const { findings } = await read({
      'main.py': `${app}\nmodel = open("/srv/a/model.bin")\n`,
      'start.sh': 'cd /srv/a\npython main.py\n',
    })
    expect(findings.map(({ code, path }) => [code, path])).toContainEqual(['launch.foreign_path', 'main.py'])
    expect(findings.find(({ code }) => code === 'launch.foreign_path')?.text.en).toContain('main.py line 5')
  })
})

describe('an address in Python', () => {
  test.each<[string, string, string]>([
    [
      'literals',
      'uvicorn.run(app, host="0.0.0.0", port=8001)',
      `uvicorn.run(app, host=${host}, port=${port})`,
    ],
    [
      'a name',
      'PORT = 8001  # ours\nuvicorn.run(app, port=PORT)',
      `PORT = ${port}  # ours\nuvicorn.run(app, port=PORT)`,
    ],
    [
      'a class of settings',
      'class Settings:\n    PORT: int = 8001\nsettings = Settings()\nuvicorn.run(app, port=settings.PORT)',
      `class Settings:\n    PORT: int = ${port}\nsettings = Settings()\nuvicorn.run(app, port=settings.PORT)`,
    ],
    [
      'a variable that the platform does not set',
      'uvicorn.run(app, port=int(os.getenv("SERVICE_PORT", 8001)))',
      'uvicorn.run(app, port=int(os.getenv("SERVICE_PORT", __import__("os").environ["PORT"])))',
    ],
    ['left out', 'uvicorn.run(app)', `uvicorn.run(app, port=${port})`],
    ['left out, with a last comma', 'uvicorn.run(\n    app,\n)', `uvicorn.run(\n    app,\nport=${port})`],
    [
      'a server of the standard library',
      'HTTPServer(("", 8001), Handler).serve_forever()',
      `HTTPServer((${host}, ${port}), Handler).serve_forever()`,
    ],
    [
      'Flask',
      'from flask import Flask\nweb = Flask(__name__)\nweb.run(host="0.0.0.0")',
      `from flask import Flask\nweb = Flask(__name__)\nweb.run(host=${host}, port=${port})`,
    ],
  ])('is made that of the platform where it is deployed: %s', async (_name, lines, expected) => {
    const { deployed, findings, problems } = await read({ 'main.py': `${app}${lines}\n`, 'start.sh': start })
    expect(deployed['main.py']).toBe(`${app}${expected}\n`)
    expect(new Set(findings.map(({ code, path }) => `${code} ${path}`))).toEqual(
      new Set(['launch.adapted main.py']),
    )
    expect(problems).toEqual([])
  })

  test.each([
    ['config.py', 'import config', 'config.PORT'],
    ['config.py', 'from config import PORT', 'PORT'],
    ['config.py', 'from config import PORT as number', 'number'],
    ['settings/net.py', 'from settings import net', 'net.PORT'],
    ['settings/net.py', 'from settings.net import PORT', 'PORT'],
  ])('is found in %s by “%s”', async (path, line, value) => {
    const { deployed, findings } = await read({
      'main.py': `${app}${line}\nuvicorn.run(app, port=${value})\n`,
      [path]: '"""Settings."""\nNAME = "PORT = 1"\nPORT = 8001\n',
      'start.sh': start,
    })
    expect(deployed[path]).toBe(`"""Settings."""\nNAME = "PORT = 1"\nPORT = ${port}\n`)
    expect(findings[0]?.text.en).toMatch(new RegExp(`^${path} line 3: The port is fixed to 8001`))
  })

  test.each([
    'uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))',
    'uvicorn.run(app, port=int(os.getenv("PORT", "8001")))',
    'uvicorn.run(app, **options)',
    '# uvicorn.run(app, port=8001)',
    'redis.connect(host="redis", port=6379)',
    'subprocess.run(["ls"])',
    'asyncio.run(main())',
  ])('that is right, or none at all, stays as it is: %s', async (line) => {
    const main = `${app}${line}\n`
    const { deployed, findings } = await read({ 'main.py': main, 'start.sh': start })
    expect([deployed['main.py'], findings]).toEqual([main, []])
  })

  test('two servers with different ports are not edited; the author must decide', async () => {
    const main = `${app}uvicorn.run(app, port=8001)\nHTTPServer(("127.0.0.1", 9000), Metrics)\n`
    const { deployed, findings } = await read({ 'main.py': main, 'start.sh': start })
    expect(deployed['main.py']).toBe(main)
    expect(findings.map(({ code }) => code)).toEqual(['launch.fixed_port', 'launch.fixed_port'])
    expect(findings.map(({ text }) => text.en.slice(0, 15))).toEqual(['main.py line 4:', 'main.py line 5:'])
  })

  test('lines that never run do not matter: without a start script uvicorn imports the application', async () => {
    const main = `${app}if __name__ == "__main__":\n    uvicorn.run(app, port=8001)\n`
    const { deployed, findings } = await read({ 'main.py': main })
    expect([deployed['main.py'], findings]).toEqual([main, []])
  })

  test('a module that the program imports is read too', async () => {
    const { deployed } = await read({
      'main.py': `${app}from web.server import begin\nbegin(app)\n`,
      'web/server.py': 'import uvicorn\ndef begin(app):\n    uvicorn.run(app, port=8001)\n',
      'start.sh': start,
    })
    expect(deployed['web/server.py']).toContain(`port=${port})`)
  })

  test('a command in algorithm.yaml with a fixed port gets a finding with its line', async () => {
    const { findings } = await read({
      'algorithm.yaml': 'runtime: command\nentry: ./serve --port 8001\n',
      serve: '',
    })
    expect(findings).toMatchObject([{ code: 'launch.fixed_port', path: 'algorithm.yaml' }])
    expect(findings[0]?.text.en).toMatch(/^algorithm\.yaml line 2: .*"\$PORT"/)
  })
})
