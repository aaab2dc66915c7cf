import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dataPaths } from '../../lib/paths.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { configure, writeSharedConfig } from './build.ts'

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

test.each([
  ['from vitrine_runtime import create_app\n', 'exec python main.py\n'],
  ['print("a file like any other")\n', 'exec python -m vitrine_runtime\n'],
])(
  'a stored version that states no start is started by a main.py for the runtime, and by no other: %j',
  async (main, ending) => {
    const data = await mkdtemp(join(tmpdir(), 'vitrine-configure-'))
    onTestFinished(() => rm(data, { recursive: true, force: true }))
    const folder = join(data, 'release')
    await mkdir(folder)
    await writeFile(join(folder, 'ai_algorithm.py'), 'class Algorithm:\n    def predict(self, x): return x\n')
    await writeFile(join(folder, 'main.py'), main)
    const examples = { check: async () => {}, keep: async () => ({ examples: [], coverAssetId: null }) }
    await configure(
      {
        paths: dataPaths(data),
        records: { services: { all: async () => [] } },
        build: { examples, runtimeRequirements: 'fastapi\n' },
      },
      {
        folder,
        release: { manifest: completeManifest(), number: 1, commit: 'c'.repeat(40) },
        service: { id: 'demo', algorithmId: 'demo' },
      },
    )
    expect((await readFile(join(folder, 'start.sh'), 'utf8')).endsWith(ending)).toBe(true)
  },
)
