import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand, type Command, type CommandResult } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { type Manifest, manifest } from '@vitrine/contract'
import type { Folders } from './expand.ts'
import type { Fixture } from './fixtures.ts'
import { freePorts } from '../../tests/support/free-ports.ts'
import { patienceMs } from '../../tests/support/patience.ts'
import { instanceToken } from './platform.ts'

/** A runtime under test: how to start it for the code of a fixture, and the form of its packages. */
export type Runtime = {
  language: 'python' | 'node'
  form: Manifest['form']
  /** Entry of a package by its code folder. */
  entry(code: string): string
  /** The folder with a fixture's code. */
  codeFolder(code: string): string
  /** The command for a release. It starts in the release's folder; `env` is the instance's environment. */
  command(env: Record<string, string>): Pick<Command, 'file' | 'args' | 'env'>
}

/** A running instance of one fixture. */
export type Instance = {
  url: string
  folders: Folders
  stderr: string[]
  /** Sends SIGTERM. `ended` gives the result. */
  terminate(): void
  ended: Promise<CommandResult>
  remove(): Promise<void>
}

async function prepareFolders(root: string): Promise<Folders> {
  const folders = { media: join(root, 'media'), gate: join(root, 'gate'), outside: join(root, 'outside') }
  await Promise.all(Object.values(folders).map((folder) => mkdir(folder)))
  await writeFile(join(folders.media, 'clip.txt'), '一段文字')
  await writeFile(join(folders.outside, 'secret.txt'), 'not for callers')
  await symlink(join(folders.outside, 'secret.txt'), join(folders.media, 'link.txt'))
  await symlink(folders.outside, join(folders.media, 'folder-link'))
  return folders
}

/** Returns the manifest of a fixture. */
export function manifestOf(runtime: Runtime, name: string, fixture: Fixture): Manifest {
  return manifest.parse({
    id: name,
    name: `测试 ${name}`,
    version: '1.2.0',
    description: '',
    task: 'other',
    runtime: runtime.language,
    form: runtime.form,
    entry: runtime.entry(fixture.code),
    input: {},
    parameters: {},
    output: {},
    examples: [],
    health: {},
    resources: {},
    concurrency: 1,
    batch: {},
    env: [],
    quality: [],
    cover: null,
    ...fixture.manifest,
  })
}

/** The environment of a fixture, as the platform gives it to an instance. */
const environmentOf = (given: {
  name: string
  root: string
  folders: Folders
  releaseFile: string
  port: number
  platformUrl: string
  fixture: Fixture
}): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: given.root,
  LANG: 'C.UTF-8',
  TMPDIR: given.root,
  HOST: '127.0.0.1',
  PORT: String(given.port),
  VITRINE_INSTANCE: `${given.name}-1`,
  VITRINE_RELEASE_FILE: given.releaseFile,
  VITRINE_PLATFORM_URL: given.platformUrl,
  VITRINE_TOKEN: instanceToken,
  VITRINE_MEDIA_DIR: given.folders.media,
  ...(given.fixture.allowUrls && { VITRINE_ALLOW_URLS: '1' }),
  ...(given.fixture.config && {
    VITRINE_CONFIG_REVISION: String(given.fixture.config.revision),
    VITRINE_CONFIG_KEY: given.fixture.config.key,
  }),
  PYTHONUNBUFFERED: '1',
  GATE: given.folders.gate,
})

/** Starts a fixture and waits until it answers `/health` and, if it can, is READY. */
export async function startInstance(
  runtime: Runtime,
  name: string,
  fixture: Fixture,
  platformUrl: string,
): Promise<Instance> {
  const root = await realpath(await mkdtemp(join(tmpdir(), `vitrine-case-${name}-`)))
  const folders = await prepareFolders(root)
  const releaseFolder = join(root, 'release')
  await cp(runtime.codeFolder(fixture.code), releaseFolder, { recursive: true })
  const releaseFile = join(releaseFolder, 'vitrine.json')
  const release = {
    manifest: manifestOf(runtime, name, fixture),
    service_id: name,
    release: 3,
    commit: 'c'.repeat(40),
  }
  await writeFile(releaseFile, JSON.stringify(release))
  const port = await freePorts(1)
  const env = environmentOf({ name, root, folders, releaseFile, port, platformUrl, fixture })
  const stop = new AbortController()
  const stderr: string[] = []
  const ended = runCommand(
    { cwd: releaseFolder, ...runtime.command(env) },
    // The instance finishes its requests, and its exit is checked. On a busy machine this needs more than the usual
    // three seconds.
    { signal: stop.signal, graceMs: 60_000, onStderr: (line) => stderr.push(line) },
  )
  const instance: Instance = {
    url: `http://127.0.0.1:${port}`,
    folders,
    stderr,
    terminate: () => stop.abort(),
    ended,
    async remove() {
      stop.abort()
      await ended
      await rm(root, { recursive: true })
    },
  }
  await untilAnswering(instance, fixture.ready !== false)
  return instance
}

async function untilAnswering(instance: Instance, ready: boolean): Promise<void> {
  let result: CommandResult | null = null
  void instance.ended.then((ended) => (result = ended))
  const answered = await waitFor(
    async () => {
      if (result) return true
      const response = await fetch(`${instance.url}/health`).catch(() => null)
      return response !== null && (response.ok || !ready)
    },
    { timeoutMs: patienceMs },
  )
  if (answered && !result) return
  const words = `the instance does not answer; it wrote:\n${instance.stderr.join('\n')}`
  await instance.remove()
  throw new Error(words)
}
