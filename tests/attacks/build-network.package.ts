import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { wheel } from '../../apps/server/src/modules/environments/wheel.test-setup.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import type { PackageFiles } from '../support/api-client.ts'

/** What code tries to reach: a host and port directly, the same through the proxy that it was given, or an address by HTTP. */
export type Target =
  { name: string; host: string; port: number; through?: 'proxy' } | { name: string; url: string }

/** A backend of pip, the code that builds a distribution as setup.py does. It tries to reach targets and keeps the outcomes in what it builds. */
const backend = `import json, os, socket, urllib.error, urllib.request, zipfile

def attempt(target):
    try:
        if "url" in target:
            with urllib.request.urlopen(target["url"], timeout=60) as answer:
                return f"answered {answer.status}"
        through = target.get("through") == "proxy"
        at = ("127.0.0.1", 3128) if through else (target["host"], target["port"])
        with socket.create_connection(at, 60) as connection:
            if not through:
                return "connected"
            connection.sendall(f"CONNECT {target['host']}:{target['port']} HTTP/1.1\\r\\n\\r\\n".encode())
            return "answered " + connection.recv(1000).decode().split(" ")[1]
    except urllib.error.HTTPError as error:
        return f"answered {error.code}"
    except OSError as error:
        return f"failed: {error}"

def build_wheel(folder, config_settings=None, metadata_directory=None):
    with open("targets.json") as file:
        tries = {target["name"]: attempt(target) for target in json.load(file)}
    name, info = "evil-1.0-py3-none-any.whl", "evil-1.0.dist-info"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as made:
        made.writestr("evil/__init__.py", "")
        made.writestr("evil/tries.json", json.dumps(tries))
        made.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: evil\\nVersion: 1.0\\n")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        made.writestr(f"{info}/RECORD", "")
    return name
`

/** A Python package with such a dependency in its own folder, and others. */
export const hostilePython = (targets: readonly Target[], ...needs: string[]): PackageFiles => ({
  'ai_algorithm.py':
    'class Algorithm:\n    def predict(self, input_data, **parameters):\n        return input_data\n',
  'requirements.txt': ['./evil', ...needs, ''].join('\n'),
  'evil/pyproject.toml':
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "evil"\nversion = "1.0"\n',
  'evil/backend.py': backend,
  'evil/targets.json': JSON.stringify(targets),
})

/** A program that does the same for npm. */
const program = `const { connect } = require('node:net')
const { writeFileSync } = require('node:fs')
const targets = require('./targets.json')

const connected = ({ host, port, through }) =>
  new Promise((resolve) => {
    const socket = connect(through ? { host: '127.0.0.1', port: 3128 } : { host, port }, () => {
      if (!through) return resolve('connected')
      socket.write('CONNECT ' + host + ':' + port + ' HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
      socket.once('data', (data) => resolve('answered ' + String(data).split(' ')[1]))
    })
    socket.setTimeout(60000, () => socket.destroy(new Error('no answer')))
    socket.once('error', (error) => resolve('failed: ' + error.message))
  })
const asked = ({ url }) =>
  fetch(url, { signal: AbortSignal.timeout(60000) }).then(
    ({ status }) => 'answered ' + status,
    (error) => 'failed: ' + error.message,
  )
const attempt = async (target) => [target.name, await (target.url ? asked(target) : connected(target))]
Promise.all(targets.map(attempt)).then((tries) => {
  writeFileSync('tries.json', JSON.stringify(Object.fromEntries(tries)))
  process.exit()
})
`

/** A Node package whose preinstall script does so, with a dependency in its own folder, and others. */
export const hostileNode = (
  targets: readonly Target[],
  needs: Readonly<Record<string, string>> = {},
): PackageFiles => ({
  'index.js': 'exports.predict = (elements) => elements\n',
  'package.json': JSON.stringify({
    name: 'built',
    main: 'index.js',
    scripts: { preinstall: 'node evil/program.cjs' },
    dependencies: { evil: 'file:./evil', ...needs },
  }),
  'evil/package.json': '{ "name": "evil", "version": "1.0.0" }',
  'evil/program.cjs': program,
  'evil/targets.json': JSON.stringify(targets),
})

/** An index of pip and a registry of npm at one port of this machine, each with the package `friendly`. */
export type LocalRegistry = { server: Server; port: number; asked: string[] }

/** The archive of an npm package without content. */
async function archive(name: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-registry-'))
  await mkdir(join(folder, 'package'))
  await writeFile(join(folder, 'package', 'package.json'), JSON.stringify({ name, version: '1.0.0' }))
  const args = ['-czf', 'made.tgz', 'package']
  await runCommand({ file: 'tar', args, cwd: folder, env: { PATH: process.env.PATH ?? '' } })
  const bytes = await readFile(join(folder, 'made.tgz'))
  await rm(folder, { recursive: true })
  return bytes
}

/** Starts it. `asked` are the paths that clients have asked for. */
export async function startRegistry(): Promise<LocalRegistry> {
  const file = 'friendly-1.0-py3-none-any.whl'
  const files: Readonly<Record<string, Buffer>> = {
    [`/files/${file}`]: wheel('friendly', '1.0'),
    '/files/friendly-1.0.0.tgz': await archive('friendly'),
    '/files/thing-1.0-py3-none-any.whl': wheel('thing', '1.0'),
  }
  const asked: string[] = []
  const server = createServer(({ url = '', headers }, response) => {
    asked.push(url)
    const bytes = files[url]
    if (bytes) return response.end(bytes)
    if (url === '/simple/friendly/')
      return response.setHeader('content-type', 'text/html').end(`<a href="/files/${file}">${file}</a>`)
    if (url !== '/friendly') return response.writeHead(404).end()
    const tarball = `http://${headers.host}/files/friendly-1.0.0.tgz`
    const version = { name: 'friendly', version: '1.0.0', dist: { tarball } }
    const about = { name: 'friendly', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }
    return response.setHeader('content-type', 'application/json').end(JSON.stringify(about))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, port: address.port, asked }
}
