import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import pg from 'pg'
import { configOf } from '../../apps/server/src/adapters/database/connection.ts'
import { embeddedConnection } from '../../apps/server/src/adapters/database/embedded-postgres.ts'
import type { InWorld } from '../support/shared-platform.ts'

/** Runs what `npm run audit:verify` runs, on the data folder of the platform. */
const verify = (dataFolder: string): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => {
    const script = join(import.meta.dirname, '../../scripts/verify-audit.mjs')
    const { DATABASE_URL: _others, ...usual } = process.env
    const env = { ...usual, VITRINE_DATA_DIR: dataFolder, LC_ALL: 'C.UTF-8' }
    const options = { env, encoding: 'utf8' } as const
    const child = execFile(process.execPath, [script], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, said: stdout + stderr }),
    )
  })

/** How an administrator verifies the audit log, in the platform's own database. */
export function auditCases(world: InWorld): void {
  test('an administrator verifies the log while the platform runs, and learns which entry was changed', async () => {
    const { platform, admin } = world()
    await platform.person('anna', 'viewer')
    const whole = await verify(platform.dataFolder)
    expect(whole).toMatchObject({ code: 0, said: expect.stringContaining('No entry was changed') })

    const at = (...parts: string[]) => join(platform.dataFolder, ...parts)
    const place = { folder: at('postgres'), passwordFile: at('secrets', 'postgres') }
    const client = new pg.Client(configOf(await embeddedConnection(place)))
    await client.connect()
    await client.query(`update audit_log set target = 'nobody' where number = 2`)
    await client.end()
    expect(await verify(platform.dataFolder)).toMatchObject({
      code: 1,
      said: expect.stringContaining('Changed: 2'),
    })
    expect((await admin.request('GET', '/audit')).status).toBe(200)
  }, 120_000)
}
