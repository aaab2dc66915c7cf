import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { isLuaInstalled } from '../../apps/server/src/adapters/gateway/nginx/nginx.test-build.ts'
import { pathExists } from '../../apps/server/src/lib/path-exists.ts'
import { portsHeldBy } from '../../apps/server/src/lib/procfs/port-holder.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { connectAsAnother } from '../support/another-account.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import type { GatewayKind } from '../support/gateways.ts'
import { patienceMs } from '../support/patience.ts'
import { instanceProcesses } from '../support/platform-processes.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { hostileShell } from './shell.package.ts'

/** Runs the shell commands that it is sent, as an algorithm that the platform's runtime serves. */
const servedShell: PackageFiles = {
  'ai_algorithm.py': [
    'import os, subprocess',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        ran = subprocess.run(["sh", "-c", input_data[0]], capture_output=True, text=True, close_fds=False)',
    '        return [ran.stdout + ran.stderr]',
    '',
  ].join('\n'),
}
/** Two services of it. */
const [attacker, victim] = ['served-hostile', 'served-victim']
const runBegun = z.object({ run_id: z.string() })
/** A server of its own that does not listen while there is a file `closed` in its work folder. */
const gatedShell: PackageFiles = {
  ...hostileShell,
  'server.py': [
    'import os, time',
    'while os.path.exists(os.path.expanduser("~/closed")):',
    '    time.sleep(0.02)',
    hostileShell['server.py'],
  ].join('\n'),
}
/**
 * A program that takes a port as soon as it is free, and answers everybody. It writes `ready` beside itself when it has tried in
 * vain, `took` when it has the port, and `stolen` for each request for a prediction.
 */
const thief = (port: number) => `import socket, time
port = ${port}
isReady = False
while True:
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(("127.0.0.1", port))
        taken.listen(50)
        break
    except OSError:
        taken.close()
        if not isReady:
            open("ready", "w").close()
            isReady = True
        time.sleep(0.0005)
open("took", "w").close()
while True:
    client, _ = taken.accept()
    if b"/predict" in client.recv(65536):
        open("stolen", "a").write("x")
    client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nConnection: close\\r\\n\\r\\nTHIEF")
    client.close()
`

/** Who reaches an instance beside the gateway that it is served through. */
export function instanceSocketCases(world: InWorld, gateway: GatewayKind): void {
  let platform: TestPlatform
  let admin: ApiClient
  let socket: string

  beforeAll(async () => {
    ;({ platform, admin } = world())
    for (const id of [attacker, victim]) await admin.publish(id, servedShell)
    socket = await socketOf(victim)
  }, 180_000)

  async function socketOf(id: string): Promise<string> {
    const endpoint = (await admin.service(id)).instances[0]?.endpoint
    if (!endpoint || !('socket' in endpoint)) throw new Error(`${id} has no socket`)
    return endpoint.socket
  }
  const run = async (id: string, script: string) => (await admin.predict(id, [script])).text()
  const inside = (script: string) => run(attacker, script)

  test('listens on no port', async () => {
    const processes = await instanceProcesses(platform.dataFolder, `${victim}-r1-1`)
    expect(processes).not.toEqual([])
    expect(await portsHeldBy(processes.map(({ pid }) => pid))).toEqual([])
  })

  test('cannot be called by another account of the machine', async () => {
    expect(await connectAsAnother(socket)).toBe('EACCES')
  })

  test('cannot be called by another service', async () => {
    const call = `python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("${socket}")'`
    expect(await inside(call)).toContain('PermissionError')
  })

  test('keeps its socket: services can put no link in its place, nor in the place of their own', async () => {
    for (const path of [socket, await socketOf(attacker)]) {
      const answer = await inside(
        `rm ${path} || mv ${path} ${path}2 || ln -sf /dev/null ${path} || echo refused`,
      )
      expect(answer).toContain('refused')
    }
    expect(await run(victim, 'echo served')).toContain('served')
    expect(await inside('echo served')).toContain('served')
  })

  test('gives its socket to no program that the algorithm starts', async () => {
    // The server itself has it.
    expect(await inside('ls -l /proc/$PPID/fd')).toContain('socket:')
    expect(await inside('ls -l /proc/self/fd')).not.toContain('socket:')
    expect(await inside('echo "${VITRINE_LISTEN_FD:-none}"')).toContain('none')
  })

  // Without Lua, nginx does not look who has the port (docs/operations/security.md).
  test.skipIf(gateway === 'nginx' && !isLuaInstalled)(
    'with a server of its own: nobody who takes its port after a crash gets its requests and runs',
    async () => {
      await admin.publish('own', gatedShell)
      const endpoint = (await admin.service('own')).instances[0]?.endpoint
      if (!endpoint || !('port' in endpoint)) throw new Error('it has no port')
      const workOf = (id: string) => join(platform.dataFolder, 'services', id, 'work')
      const folder = workOf(attacker)
      const closed = join(workOf('own'), 'closed')
      const program = Buffer.from(thief(endpoint.port)).toString('base64')
      await inside(
        `cd "$HOME" && echo ${program} | base64 -d > thief.py && (setsid python3 thief.py >/dev/null 2>&1 &)`,
      )
      const has = (file: string) => () => pathExists(join(folder, file))
      expect(await waitFor(has('ready'), { timeoutMs: patienceMs })).toBe(true)
      // Its next life does not listen before the thief does.
      await writeFile(closed, '')
      await admin.predict('own', ['kill -9 $PPID'])
      expect(await waitFor(has('took'), { timeoutMs: patienceMs })).toBe(true)
      await rm(closed)
      const isOwnAnswer = (answer: string) => answer.includes('victim')
      const answers: string[] = []
      const runs: string[] = []
      const beginRun = async () => {
        const json = { service_id: 'own', input_data: ['echo victim'] }
        const begun = await admin.request('POST', '/runs', { json })
        // The others were refused: the platform has seen the end of the instance.
        if (begun.status === 202) runs.push(runBegun.parse(await begun.json()).run_id)
      }
      const call = async () => {
        if (runs.length < 20) await beginRun()
        answers.push(await (await admin.predict('own', ['echo victim'])).text())
        return answers.some(isOwnAnswer)
      }
      expect(await waitFor(call, { timeoutMs: 120_000, everyMs: 5 })).toBe(true)
      expect(answers.filter((answer) => answer.includes('THIEF'))).toEqual([])
      await Promise.all(runs.map((id) => admin.runEnd(id)))
      expect(await pathExists(join(folder, 'stolen'))).toBe(false)
    },
    300_000,
  )
}
