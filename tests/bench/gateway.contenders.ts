import { build } from 'esbuild'
import { generateKeyPair, exportJWK, SignJWT } from 'jose'
import { createHash, randomUUID } from 'node:crypto'
import { cp, writeFile, mkdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createEmbeddedGateway } from '../../apps/server/src/adapters/gateway/embedded/embedded.driver.ts'
import { findProcess } from '../../apps/server/src/adapters/gateway/embedded/embedded.process.ts'
import { createNginxGateway } from '../../apps/server/src/adapters/gateway/nginx/nginx.driver.ts'
import { hasLua } from '../../apps/server/src/adapters/gateway/nginx/nginx.hot-path.ts'
import { findNginx, ownNginx } from '../../apps/server/src/adapters/gateway/nginx/nginx.process.ts'
import { pathExists } from '../../apps/server/src/lib/path-exists.ts'
import { dataPaths } from '../../apps/server/src/lib/paths.ts'
import { startDetached, type Command } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { buildNjs } from '../../scripts/lib/build-njs.mjs'
import { buildLua } from '../../scripts/lib/build-lua.mjs'
import { plainEdge, type Endpoint, type GatewayTable } from '@vitrine/contract'
import { signalPid } from '../support/signals.ts'

const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** Something that listens, and how to end it. */
export type Running = { port: number; pid: number; token: string | null; stop: () => Promise<void> }

/** Where a server of this machine listens. */
export const atPort = (port: number): Endpoint => ({ host: '127.0.0.1', port })

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

async function startListening(command: Command, folder: string, port: number): Promise<Running> {
  const log = join(folder, 'output.log')
  const { pid } = await startDetached(command, { stdout: log, stderr: log })
  if (!(await waitFor(() => accepts(port), { timeoutMs: 20_000 })))
    throw new Error(`nothing listens, see ${log}`)
  const stop = async () => {
    signalPid(pid, 'SIGTERM')
    await waitFor(async () => !(await accepts(port)), { timeoutMs: 10_000 })
  }
  return { port, pid, token: null, stop }
}

/** Starts an nginx with this configuration in this folder. */
export async function startNginx(
  folder: string,
  render: (folder: string, port: number) => string,
): Promise<Running> {
  const port = await freePort()
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'nginx.conf')
  await writeFile(file, render(folder, port))
  const args = ['-c', file, '-p', folder, '-e', join(folder, 'error.log')]
  return startListening({ file: 'nginx', args, cwd: folder, env: environment }, folder, port)
}

/** Starts an algorithm as a person writes one: a FastAPI route, one uvicorn process. */
export async function startFastApi(folder: string): Promise<Running> {
  const port = await freePort()
  await cp(join(import.meta.dirname, 'python-runtime'), folder, { recursive: true })
  const env = { ...environment, PORT: String(port), COST: '0', PYTHONDONTWRITEBYTECODE: '1' }
  return startListening(
    { file: '/usr/bin/python3', args: ['hand_written.py'], cwd: folder, env },
    folder,
    port,
  )
}

/** Starts @fastify/http-proxy. */
export async function startFastifyProxy(folder: string, upstream: number): Promise<Running> {
  const port = await freePort()
  await mkdir(folder, { recursive: true })
  const script = join(folder, 'proxy.mjs')
  await bundle(join(import.meta.dirname, 'gateway.fastify-proxy.ts'), script)
  const args = [script, String(port), `http://127.0.0.1:${upstream}`]
  return startListening({ file: process.execPath, args, cwd: folder, env: environment }, folder, port)
}

async function bundle(entry: string, outfile: string): Promise<void> {
  const banner =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: banner },
    logLevel: 'error',
  })
}

const issuer = 'vitrine'

/** What a gateway of ours is given: one service behind sign-in, with a rate limit where it is asked for, and a login token. */
async function benchTable(
  port: number,
  upstreams: readonly Endpoint[],
): Promise<{ table: GatewayTable; token: string }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const token = await new SignJWT({ name: 'bench', role: 'user', sid: 'bench', gen: 0 })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(issuer)
    .setSubject('bench')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey)
  const table: GatewayTable = {
    version: 1,
    revision: 1,
    public: { host: '127.0.0.1', port },
    edge: plainEdge,
    control: null,
    wake: null,
    jwt: { issuer, public_key: { ...(await exportJWK(publicKey)) } },
    routes: [
      {
        service_id: 'bench',
        release: 1,
        path: '/ai/bench/',
        front: null,
        state: 'up',
        upstreams: upstreams.map((up, index) => ({ ...up, instance_id: `bench-${index}` })),
        auth: 'required',
        rate_limit: { requests: 1_000_000, window_s: 1 },
        body_bytes: 2 ** 31,
        timeout_ms: 30_000,
      },
    ],
  }
  return { table, token }
}

/** Starts the embedded gateway as it really is: sign-in required, a login token on each request, limits, access log on. */
export async function startOurs(folder: string, upstreams: readonly Endpoint[]): Promise<Running> {
  const port = await freePort()
  const paths = dataPaths(join(folder, 'data'))
  const entryFile = join(folder, 'main.mjs')
  await bundle(join(import.meta.dirname, '../../apps/gateway/src/main.ts'), entryFile)
  const gateway = createEmbeddedGateway({ dataPaths: paths, entryFile, nodeFile: process.execPath, env: {} })
  const { table, token } = await benchTable(port, upstreams)
  await gateway.open()
  await gateway.apply(table)
  const found = await findProcess(paths)
  if (!found) throw new Error('the gateway did not start')
  return { port, pid: found.pid, token, stop: () => gateway.shutdown() }
}

const modulesFolder = '/usr/lib/nginx/modules'

/** Whether this machine's nginx has njs. */
const hasNjs = (): Promise<boolean> => pathExists(join(modulesFolder, 'ngx_http_js_module.so'))

const program = '/usr/sbin/nginx'

/** What decides about requests inside nginx. */
export type Script = 'lua' | 'njs'

/** The scripts that this machine's nginx can run. */
export const scriptsOfNginx = async (): Promise<Script[]> => [
  ...((await hasLua(program, modulesFolder, environment.PATH)) ? (['lua'] as const) : []),
  ...((await hasNjs()) ? (['njs'] as const) : []),
]

/** Starts the nginx gateway as it really is, with an API key on each request. */
export async function startOurNginx(
  folder: string,
  upstreams: readonly Endpoint[],
  script: Script,
): Promise<Running> {
  const port = await freePort()
  const paths = dataPaths(join(folder, 'data'))
  const scriptFile = join(folder, 'gate.js')
  await mkdir(folder, { recursive: true })
  const sources = join(import.meta.dirname, '../../apps/gateway/src')
  await buildNjs(join(sources, 'njs'), scriptFile)
  const luaFile = script === 'lua' ? join(folder, 'gate.lua') : null
  if (luaFile) await buildLua(sources, luaFile)
  const host = ownNginx({
    dataPaths: paths,
    program,
    modulesFolder,
    openFiles: 4096,
    env: environment,
    luaFile,
    workerUser: process.getuid?.() === 0 ? 'www-data' : null,
    sharesAccount: false,
  })
  const gateway = createNginxGateway({ dataPaths: paths, scriptFile, host })
  const { table } = await benchTable(port, upstreams)
  const key = `vtk_${randomUUID()}`
  const sha256 = createHash('sha256').update(key).digest('hex')
  const entry = { id: 'bench', sha256, scopes: ['run' as const], service_ids: null, expires_at: null }
  await gateway.open()
  await gateway.apply(table)
  await gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
  const found = await findNginx(paths)
  if (!found) throw new Error('nginx did not start')
  return { port, pid: found.pid, token: key, stop: () => gateway.shutdown() }
}
