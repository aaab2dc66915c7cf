import { build } from 'esbuild'
import { generateKeyPair, exportJWK, SignJWT } from 'jose'
import { writeFile, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createEmbeddedGateway } from '../../apps/server/src/adapters/gateway/embedded.driver.ts'
import { findProcess } from '../../apps/server/src/adapters/gateway/embedded.process.ts'
import { dataPaths } from '../../apps/server/src/lib/paths.ts'
import { startDetached, type Command } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'

const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** Something that listens, and how to end it. */
export type Running = { port: number; pid: number; token: string | null; stop: () => Promise<void> }

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
    process.kill(pid, 'SIGTERM')
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

/** Starts our gateway as it really is: sign-in required, a login token on each request, access log on. */
export async function startOurs(folder: string, upstreams: number[]): Promise<Running> {
  const port = await freePort()
  const paths = dataPaths(join(folder, 'data'))
  const entryFile = join(folder, 'main.mjs')
  await bundle(join(import.meta.dirname, '../../apps/gateway/src/main.ts'), entryFile)
  const gateway = createEmbeddedGateway({ dataPaths: paths, entryFile, nodeFile: process.execPath, env: {} })
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const token = await new SignJWT({ name: 'bench', role: 'user' })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer('vitrine')
    .setSubject('bench')
    .setExpirationTime('1h')
    .sign(privateKey)
  await gateway.open()
  await gateway.apply({
    version: 1,
    revision: 1,
    public: { host: '127.0.0.1', port },
    control: null,
    jwt: { issuer: 'vitrine', public_key: { ...(await exportJWK(publicKey)) } },
    routes: [
      {
        service_id: 'bench',
        release: 1,
        path: '/ai/bench/',
        front: null,
        state: 'up',
        upstreams: upstreams.map((up) => ({ host: '127.0.0.1', port: up, instance_id: `bench-${up}` })),
        auth: 'required',
        rate_limit: null,
        body_bytes: 2 ** 31,
        timeout_ms: 30_000,
      },
    ],
  })
  const found = await findProcess(paths)
  if (!found) throw new Error('the gateway did not start')
  return { port, pid: found.pid, token, stop: () => gateway.shutdown() }
}
