import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { patienceMs } from '../../../../tests/support/patience.ts'
import { dataPaths } from '../lib/paths.ts'
import { platformLogKeeper } from './platform-logs.ts'

test('the logs of PostgreSQL, the gateways and the control plane are rotated, and no others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-platform-logs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const paths = dataPaths(folder)
  await mkdir(paths.platformLogs)
  const logs = [
    `${paths.postgres}.log`,
    ...['control-plane.log', 'gateway.log', 'nginx.log', 'other.log'].map((name) =>
      join(paths.platformLogs, name),
    ),
  ]
  for (const log of logs) await writeFile(log, 'much')
  const keeper = platformLogKeeper(paths, pino({ level: 'silent' }), { maxBytes: 4, backups: 3 })
  keeper.start()
  const rotated = async () =>
    [...(await readdir(folder)), ...(await readdir(paths.platformLogs))]
      .filter((name) => name.endsWith('.log.1'))
      .toSorted()
  await expect
    .poll(rotated, { timeout: patienceMs })
    .toEqual(['control-plane.log.1', 'gateway.log.1', 'nginx.log.1', 'postgres.log.1'])
  await keeper.close()
  expect(await readFile(join(paths.platformLogs, 'other.log'), 'utf8')).toBe('much')
})
