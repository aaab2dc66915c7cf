import { lookup } from 'node:dns/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { lockedProject, lockTexts } from './locked-projects.ts'

// The package managers and packages are installed from the registry, in the sandbox of builds, as they are for people.
const longTest = 300_000
const yarnRegistry = 'registry.yarnpkg.com'
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  // Yarn's lock files name its own registry, which may be a mirror at a private address.
  const { address } = await lookup(yarnRegistry)
  platform = await startPlatform({ environment: { VITRINE_BUILD_HOSTS: `${yarnRegistry},${address}` } })
  admin = await platform.admin()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

const { pnpm, yarnClassic, yarn3, yarn4 } = lockTexts
const plugAndPlay = {
  '.yarnrc.yml': 'nodeLinker: pnp\nyarnPath: .yarn/releases/yarn-4.12.0.cjs\n',
  '.pnp.cjs': 'throw new Error("not of this machine")\n',
}

test.each<[string, string, PackageFiles, boolean]>([
  ['pnpm-10', 'pnpm 10.28.2', { ...lockedProject(), 'pnpm-lock.yaml': pnpm }, false],
  ['pnpm-9', 'pnpm 9.15.9', { ...lockedProject('pnpm@9.15.9'), 'pnpm-lock.yaml': pnpm }, false],
  ['yarn-1', 'Yarn 1.22.22', { ...lockedProject(), 'yarn.lock': yarnClassic }, false],
  // It installs what is for development as well: leaving it out needs a plugin.
  ['yarn-3', 'Yarn 3.8.6', { ...lockedProject(), 'yarn.lock': yarn3 }, true],
  ['yarn-4', 'Yarn 4.12.0', { ...lockedProject(), 'yarn.lock': yarn4 }, false],
  ['yarn-pnp', 'Yarn 4.12.0', { ...lockedProject(), 'yarn.lock': yarn4, ...plugAndPlay }, false],
])(
  'a project of %s is installed by %s as its lock file says, and serves',
  async (id, manager, files, forDevelopment) => {
    const { because, problems } = await admin.inspect(files)
    expect(problems).toEqual([])
    expect(because.join('\n')).toContain(manager)
    await admin.publish(id, files)
    const answer = await admin.request('GET', `//ai/${id}/`)
    expect(await answer.json()).toEqual({ two_days: 172_800_000, for_development: forDevelopment })
  },
  longTest,
)
