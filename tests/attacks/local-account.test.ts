import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { portsHeldBy } from '../../apps/server/src/lib/procfs/port-holder.ts'
import { describeGateways } from '../support/gateways.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'

const table = z.object({ control: z.object({ socket: z.string() }) })
/** `nobody` and its group, with no other rights. */
const anotherAccount = { uid: 65_534, gid: 65_534 }
const canBeAnother = process.getuid?.() === 0

/** Connects to a socket as another account. Resolves with `connected` or the system's error code. */
function connectAsAnother(path: string): Promise<string> {
  const code = `require('node:net').connect(${JSON.stringify(path)}).on('connect', function () { process.stdout.write('connected'); this.destroy() }).on('error', (error) => process.stdout.write(error.code))`
  const { stdout } = spawn(process.execPath, ['-e', code], {
    ...anotherAccount,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return text(stdout)
}

describeGateways('another account of the machine', (gateway) => {
  let platform: TestPlatform
  beforeAll(async () => {
    platform = await startPlatform({ environment: { VITRINE_GATEWAY: gateway } })
  })
  afterAll(() => platform?.dispose())

  test('finds no port of the control plane to forge addresses at or to read metrics from', async () => {
    expect(await portsHeldBy([platform.pid])).toEqual([])
    expect((await platform.anonymous().request('GET', '//metrics')).status).toBe(401)
    // The gateway does reach it.
    await platform.admin()
  })

  test.skipIf(!canBeAnother)('cannot open the control plane’s socket', async () => {
    const routes = await readFile(join(platform.dataFolder, 'gateway', 'routes.json'), 'utf8')
    expect(await connectAsAnother(table.parse(JSON.parse(routes)).control.socket)).toBe('EACCES')
  })
})
