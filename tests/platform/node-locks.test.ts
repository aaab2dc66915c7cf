import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startNpmMirror, type NpmMirror } from '../support/npm-mirror.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { lockedProject, pnpmLock, yarn3Lock, yarn4Lock, yarnClassicLock } from './locked-projects.ts'

// The package managers and packages come from a mirror of a team: another address than that of the public registry, and a certificate
// that only its own file vouches for. They are installed in the sandbox of builds, as they are for people.
const longTest = 300_000
const mirrored = [
  ...['ms@2.1.3', 'isarray@2.0.5'],
  ...['pnpm@10.28.2', 'pnpm@9.15.9', 'yarn@1.22.22', '@yarnpkg/cli-dist@3.8.6', '@yarnpkg/cli-dist@4.12.0'],
]
let mirror: NpmMirror
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  mirror = await startNpmMirror(mirrored)
  platform = await startPlatform({ environment: { NPM_CONFIG_GLOBALCONFIG: mirror.settingsFile } })
  admin = await platform.admin()
}, 300_000)
afterAll(async () => {
  await platform?.dispose()
  await mirror?.close()
}, 180_000)

const plugAndPlay = {
  '.yarnrc.yml': 'nodeLinker: pnp\nyarnPath: .yarn/releases/yarn-4.12.0.cjs\n',
  '.pnp.cjs': 'throw new Error("not of this machine")\n',
}
/** Yarn 1 runs this script of the project itself, so its whole package is in the environment. */
const withOwnScript = {
  'yarn.lock': yarnClassicLock,
  ...lockedProject(undefined, { postinstall: 'node -v' }),
}

test.each<[string, string, PackageFiles, boolean]>([
  ['pnpm-10', 'pnpm 10.28.2', { ...lockedProject(), 'pnpm-lock.yaml': pnpmLock }, false],
  ['pnpm-9', 'pnpm 9.15.9', { ...lockedProject('pnpm@9.15.9'), 'pnpm-lock.yaml': pnpmLock }, false],
  ['yarn-1', 'Yarn 1.22.22', { ...lockedProject(), 'yarn.lock': yarnClassicLock }, false],
  ['yarn-1-script', 'Yarn 1.22.22', withOwnScript, false],
  // It installs what is for development as well: leaving it out needs a plugin.
  ['yarn-3', 'Yarn 3.8.6', { ...lockedProject(), 'yarn.lock': yarn3Lock }, true],
  ['yarn-4', 'Yarn 4.12.0', { ...lockedProject(), 'yarn.lock': yarn4Lock }, false],
  ['yarn-pnp', 'Yarn 4.12.0', { ...lockedProject(), 'yarn.lock': yarn4Lock, ...plugAndPlay }, false],
])(
  'a project of %s is installed from a mirror by %s as its lock file says, and serves',
  async (id, manager, files, forDevelopment) => {
    const { because, problems } = await admin.inspect(files)
    expect(problems).toEqual([])
    expect(because.join('\n')).toContain(manager)
    mirror.asked.length = 0
    await admin.publish(id, files)
    expect(mirror.asked).toContain('/ms/-/ms-2.1.3.tgz')
    const answer = await admin.request('GET', `//ai/${id}/`)
    expect(await answer.json()).toEqual({ two_days: 172_800_000, for_development: forDevelopment })
  },
  longTest,
)
