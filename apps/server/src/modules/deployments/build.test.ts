import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dataPaths } from '../../lib/paths.ts'
import { writeSharedConfig } from './build.ts'

test('of two deploys that write the shared settings at once, the later one reads the services last', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-shared-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const paths = dataPaths(folder)
  const written = () => readFile(join(paths.serviceConfig, 'ports.py'), 'utf8').catch(() => null)
  const services: { id: string; frontPort: number }[] = []
  /** What had been written each time the services were read. */
  const before: (string | null)[] = []
  const all = async () => {
    const list = [...services]
    before.push(await written())
    return list
  }
  const deploy = async (id: string, frontPort: number) => {
    services.push({ id, frontPort })
    await writeSharedConfig({ paths, records: { services: { all } } })
  }
  await Promise.all([deploy('first', 8101), deploy('second', 8102)])
  expect(before).toEqual([null, expect.stringContaining('8101')])
  expect(await written()).toContain('8102')
})
