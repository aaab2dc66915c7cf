import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { lockedProject, pnpmLock } from './locked-projects.ts'

// The package managers and packages are installed from the registry, in the sandbox of builds, as they are for people.
const longTest = 300_000
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

test.each<[string, string, PackageFiles]>([
  ['pnpm-10', 'pnpm 10.28.2', { ...lockedProject(), 'pnpm-lock.yaml': pnpmLock }],
  ['pnpm-9', 'pnpm 9.15.9', { ...lockedProject('pnpm@9.15.9'), 'pnpm-lock.yaml': pnpmLock }],
])(
  'a project of %s is installed by %s as its lock file says, and serves',
  async (id, manager, files) => {
    const { because, problems } = await admin.inspect(files)
    expect(problems).toEqual([])
    expect(because.join('\n')).toContain(manager)
    await admin.publish(id, files)
    const answer = await admin.request('GET', `//ai/${id}/`)
    expect(await answer.json()).toEqual({ two_days: 172_800_000, for_development: false })
  },
  longTest,
)
