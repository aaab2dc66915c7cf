import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { findNodeTools, npmEnvironment } from '../../apps/server/src/lib/node-tools.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

/** A package that was fetched. */
type Packed = { name: string; version: string; file: string }

/** A registry of its own for npm packages: encrypted, on this machine, with a certificate that only `caFile` vouches for. */
export type NpmMirror = {
  /** A file of settings for npm that names the registry and the certificate. */
  settingsFile: string
  /** The paths that were asked for. */
  asked: string[]
  close: () => Promise<void>
}

async function run(file: string, args: string[], cwd: string, env: Record<string, string>): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand({ file, args, cwd, env }, { timeoutMs: 120_000 })
  if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr.join('\n')}`)
  return stdout.join('\n')
}

/** Fetches packages by the machine's npm. */
async function fetchPackages(wanted: readonly string[], folder: string): Promise<Packed[]> {
  const path = process.env.PATH ?? '/usr/bin:/bin'
  const tools = await findNodeTools(process.execPath, path)
  const env = { ...(await npmEnvironment(tools, { PATH: path })), HOME: folder }
  await run(tools.npm, ['pack', '--silent', ...wanted], folder, env)
  return wanted.map((one) => {
    const at = one.lastIndexOf('@')
    const [name, version] = [one.slice(0, at), one.slice(at + 1)]
    return { name, version, file: join(folder, `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`) }
  })
}

const pathOf = ({ name, version }: Packed) => `/${name}/-/${name.replace(/^@[^/]*\//, '')}-${version}.tgz`

/** What a registry says of one version of a package. */
async function manifestOf(one: Packed, folder: string, origin: string) {
  const env = { PATH: '/usr/bin:/bin' }
  const text = await run('tar', ['-xzOf', one.file, 'package/package.json'], folder, env)
  const content = z.looseObject({}).parse(JSON.parse(text))
  const bytes = await readFile(one.file)
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  const shasum = createHash('sha1').update(bytes).digest('hex')
  return { ...content, dist: { tarball: `${origin}${pathOf(one)}`, integrity, shasum } }
}

/** What a registry says of each package, by its path. */
async function packuments(all: readonly Packed[], folder: string, origin: string) {
  const texts = new Map<string, string>()
  for (const name of new Set(all.map((one) => one.name))) {
    const versions: Record<string, object> = {}
    let latest = ''
    for (const one of all.filter((other) => other.name === name)) {
      versions[one.version] = await manifestOf(one, folder, origin)
      latest = one.version
    }
    texts.set(`/${name}`, JSON.stringify({ name, 'dist-tags': { latest }, versions }))
  }
  return texts
}

/** Makes a key, and a certificate for this machine's address that is its own authority. */
async function makeCertificate(folder: string) {
  const [keyFile, caFile] = [join(folder, 'key.pem'), join(folder, 'ca.pem')]
  const subject = ['-subj', '/CN=mirror', '-addext', 'subjectAltName=DNS:localhost']
  const made = ['-nodes', '-days', '2', '-keyout', keyFile, '-out', caFile]
  const env = { PATH: '/usr/bin:/bin' }
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...made, ...subject], folder, env)
  return { caFile, key: await readFile(keyFile), cert: await readFile(caFile) }
}

/** Fetches packages, given as `name@version`, and serves them. */
export async function startNpmMirror(wanted: readonly string[]): Promise<NpmMirror> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-npm-mirror-'))
  // Accounts of builds read the settings and the certificate.
  await chmod(folder, 0o755)
  const packages = await fetchPackages(wanted, folder)
  const { caFile, key, cert } = await makeCertificate(folder)
  let texts = new Map<string, string>()
  const files = new Map(packages.map((one) => [pathOf(one), one.file]))
  const asked: string[] = []
  const server = createServer({ key, cert }, (request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    asked.push(path)
    const [file, text] = [files.get(path), texts.get(path)]
    if (file !== undefined) createReadStream(file).pipe(response)
    else response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = z.object({ port: z.number() }).parse(server.address())
  const origin = `https://localhost:${port}`
  texts = await packuments(packages, folder, origin)
  const settingsFile = join(folder, 'npmrc')
  await writeFile(settingsFile, `registry=${origin}/\ncafile=${caFile}\n`)
  return {
    settingsFile,
    asked,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
