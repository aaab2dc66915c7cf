import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { withListeningSocket } from '../../apps/server/src/adapters/process-runner/local/listening-socket.ts'
import {
  isAlive,
  signalProcess,
  type ProcessIdentity,
} from '../../apps/server/src/lib/procfs/process-identity.ts'
import { startDetached } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { patienceMs } from '../../tests/support/patience.ts'
import { manifestOf, type Runtime } from './instance.ts'
import { bundleNodeRuntime, pythonRuntime } from './runtimes.ts'

const node = bundleNodeRuntime()
afterAll(() => node.remove())

/** Runs the shell command that it is sent. With `close_fds=False`, Python itself passes on what may be inherited. */
const code: Record<Runtime['language'], [string, string]> = {
  python: [
    'ai_algorithm.py',
    [
      'import subprocess',
      'class Algorithm:',
      '    def predict(self, input_data, **parameters):',
      '        return [subprocess.run(["sh", "-c", each], capture_output=True, text=True, close_fds=False).stdout for each in input_data]',
      '',
    ].join('\n'),
  ],
  node: [
    'index.js',
    "const { execFileSync } = require('node:child_process')\nexports.predict = (elements) => elements.map((each) => execFileSync('sh', ['-c', each], { encoding: 'utf8' }))\n",
  ],
}

/** Sends a request to a socket. Rejects with the system's error if nobody answers. */
function ask(socketPath: string, path: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const options = { socketPath, path, agent: false, ...(body !== undefined && { method: 'POST', headers }) }
    const asked = request(options, (answer) => text(answer).then(resolve, reject))
    asked.on('error', reject)
    asked.end(body)
  })
}

/**
 * The inode of a listening socket, by which its descriptors are shown. `path` is the name under which the socket was
 * made.
 */
async function inodeOf(path: string): Promise<string> {
  const listens = '00010000'
  const rows = (await readFile('/proc/net/unix', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/))
  const found = rows.find(([, , , flags, , , , name]) => flags === listens && name?.startsWith(path))
  if (!found?.[6]) throw new Error(`nothing listens on ${path}`)
  return found[6]
}

describe.each([pythonRuntime, node])('the $language runtime on a socket of the process runner', (runtime) => {
  let root = ''
  let started: ProcessIdentity | null = null
  afterEach(async () => {
    if (started) signalProcess(started, 'SIGKILL')
    await rm(root, { recursive: true, force: true })
  })

  async function start(): Promise<string> {
    root = await mkdtemp(join(tmpdir(), 'vlr-'))
    const release = join(root, 'release')
    await mkdir(release)
    const [name, source] = code[runtime.language]
    await writeFile(join(release, name), source)
    const manifest = manifestOf(runtime, 'shell', { code: 'shell', manifest: {} })
    await writeFile(
      join(release, 'vitrine.json'),
      JSON.stringify({ manifest, release: 1, commit: 'c'.repeat(40) }),
    )
    const env = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: root,
      LANG: 'C.UTF-8',
      TMPDIR: root,
      VITRINE_LISTEN_FD: '3',
      VITRINE_RELEASE_FILE: join(release, 'vitrine.json'),
    }
    const socket = join(root, 's')
    const output = { stdout: join(root, 'out.log'), stderr: join(root, 'err.log') }
    started = await withListeningSocket(socket, (descriptor) =>
      startDetached({ cwd: release, ...runtime.command(env) }, { ...output, open: [descriptor] }),
    )
    const isReady = async () => (await ask(socket, '/health').catch(() => '')).includes('READY')
    if (!(await waitFor(isReady, { timeoutMs: patienceMs })))
      throw new Error(await readFile(output.stderr, 'utf8'))
    return socket
  }
  const run = (socket: string, script: string) =>
    ask(socket, '/predict', JSON.stringify({ input_data: [script] }))

  test('serves there, and gives the socket to no program that the algorithm starts', async () => {
    const socket = await start()
    const listening = `socket:[${await inodeOf(socket)}]`
    // A descriptor that is closed meanwhile makes ls fail.
    expect(await run(socket, 'ls -l /proc/$PPID/fd 2>/dev/null; true')).toContain(listening)
    const own = await run(socket, 'ls -l /proc/self/fd')
    expect(own).toContain('/proc')
    expect(own).not.toContain(listening)
    expect(await run(socket, 'echo "<${VITRINE_LISTEN_FD:-none}>"')).toContain('<none>')
  })

  test('finishes its requests when it is told to end, and leaves the socket’s file', async () => {
    const socket = await start()
    const answer = run(
      socket,
      `touch ${root}/begun; until [ -e ${root}/go ]; do sleep 0.05; done; echo finished`,
    )
    await waitFor(() => stat(join(root, 'begun')).catch(() => null), { timeoutMs: patienceMs })
    const process = started
    if (process) signalProcess(process, 'SIGTERM')
    await writeFile(join(root, 'go'), '')
    expect(await answer).toContain('finished')
    expect(await waitFor(async () => process && !(await isAlive(process)), { timeoutMs: patienceMs })).toBe(
      true,
    )
    expect((await stat(socket)).isSocket()).toBe(true)
    await expect(ask(socket, '/health')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
