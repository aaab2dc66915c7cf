import { describe, expect, test, type TestContext } from 'vitest'
import { ApiClient } from '../tests/support/api-client.ts'
import { freePorts } from '../tests/support/free-ports.ts'
import { processesOf } from '../tests/support/platform-processes.ts'
import { partsOf } from './lib/leftovers.mjs'
import { run } from './lib/run.mjs'
import { cleanUp, dataFolder, platformEnv, runDetached, untilPrinted } from './start.test-platform.ts'
import { signalGroup, signalPid } from '../tests/support/signals.ts'

const password = 'test-password-1'
/**
 * Less than an instance may otherwise take to end, and than the control plane is waited for before it is killed. On a busy
 * machine the processes of two platforms take more than ten seconds to end.
 */
const mostMs = 29_000

/** The environment of a platform on a new folder, which is cleaned up after the test. */
async function openFolder({
  onTestFinished,
}: TestContext): Promise<{ folder: string; port: number; env: Record<string, string> }> {
  const folder = dataFolder()
  onTestFinished(() => cleanUp(folder), 60_000)
  const port = await freePorts(31)
  const env = {
    ...platformEnv(folder, port),
    VITRINE_ADMIN_PASSWORD: password,
    SERVICE_STOP_TIMEOUT: '5m',
    VITRINE_FRONT_PORTS: `${port + 1}-${port + 10}`,
    VITRINE_INSTANCE_PORTS: `${port + 11}-${port + 30}`,
  }
  return { folder, port, env }
}

/** An algorithm that starts two children, one in its own session, and takes ten minutes for an answer. */
const stubborn = {
  'ai_algorithm.py': [
    'import subprocess, time',
    'class Algorithm:',
    '    def setup(self):',
    '        subprocess.Popen(["sleep", "600"], start_new_session=True)',
    '        subprocess.Popen(["sh", "-c", "trap \'\' TERM; while :; do sleep 1; done"])',
    '    def predict(self, input_data, **parameters):',
    '        print("asked", flush=True)',
    '        time.sleep(600)',
    '',
  ].join('\n'),
}

/**
 * The living processes of the platform: its parts by their records, and every process that names the data
 * folder.
 */
const living = async (folder: string) => [
  ...partsOf(folder).flatMap((part) => part.find().map(({ pid }) => `${part.name} ${pid}`)),
  ...(await processesOf(folder)).map(({ pid, command }) => `${pid} ${command}`),
]

// These tests can run together because they mostly wait: for work that may still finish, and for processes that ignore
// the request to end.
describe.concurrent('in time', () => {
  test.for([
    {
      what: 'SIGINT to the start script alone, as a process manager sends it',
      file: process.execPath,
      args: ['scripts/start.mjs'],
      isGroup: false,
    },
    {
      what: 'Ctrl-C in a terminal, which the whole foreground group gets',
      file: 'npm',
      args: ['start'],
      isGroup: true,
    },
  ])(
    'at $what everything ends within a bounded time, also under a service that is busy and ignores it',
    { timeout: 240_000 },
    async ({ file, args, isGroup }, context) => {
      const { folder, port, env } = await openFolder(context)
      const running = runDetached(file, args, env)
      await untilPrinted(running, 'Ready in')
      const admin = await new ApiClient(`http://127.0.0.1:${port}`).signIn('admin', password)
      await admin.publish('stubborn', stubborn)
      const asked = admin.predict('stubborn', ['x']).catch(() => null)
      const stream = admin
        .request('GET', '/events')
        .then((answer) => answer.text())
        .catch(() => null)
      expect((await living(folder)).length).toBeGreaterThanOrEqual(8)

      const begun = Date.now()
      const { pid } = running.child
      if (isGroup) signalGroup(pid, 'SIGINT')
      else signalPid(pid, 'SIGINT')
      await running.ended
      expect(Date.now() - begun).toBeLessThan(mostMs)
      expect(running.output()).toContain('Everything is stopped')
      expect(await living(folder)).toEqual([])
      await Promise.all([asked, stream])
    },
  )

  test('a command that ignores TERM is killed', async () => {
    const abort = new AbortController()
    const script = "trap '' TERM; echo up; while :; do sleep 1; done"
    const onLine = () => abort.abort()
    const begun = Date.now()
    await run('/bin/sh', ['-c', script], { signal: abort.signal, onLine })
    expect(Date.now() - begun).toBeLessThan(15_000)
  }, 30_000)
})
