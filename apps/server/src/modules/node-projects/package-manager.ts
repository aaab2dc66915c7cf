import type { PackageFile } from './package-file.ts'

/**
 * A program that installs Node packages. `version` is null for the npm of this machine. `oldPeers` says that the lock file is of an
 * npm before 7, which did not install what packages only work beside, and did not compare its versions.
 */
export type PackageManager =
  | { name: 'npm'; version: null; lock: string | null; oldPeers?: true }
  | { name: 'pnpm' | 'yarn-classic' | 'yarn'; version: string; lock: string | null }

/** Yarn up to version 1 and after it are two programs: their lock files, settings and commands differ. */
const yarn = (version: string, lock: string | null): PackageManager => ({
  name: /^[01]\./.test(version) ? 'yarn-classic' : 'yarn',
  version,
  lock,
})

/**
 * The versions that read the lock files of each format without changing them. A project that states its own in `packageManager`
 * gets that one.
 */
const pnpmFor: readonly (readonly [RegExp, string])[] = [
  [/^lockfileVersion: '?5\./m, '7.33.7'],
  [/^lockfileVersion: '?6\./m, '8.15.9'],
]
const newestPnpm = '10.28.2'
const yarnFor: readonly (readonly [RegExp, string])[] = [[/^ {2}version: [4-7]$/m, '3.8.6']]
const newestYarn = '4.12.0'
const yarnClassic = '1.22.22'

const versionIn = (text: string, known: readonly (readonly [RegExp, string])[], newest: string) =>
  known.find(([format]) => format.test(text))?.[1] ?? newest

/** The lock files that are kept, and the one of Bun, which is not read. */
export const lockFiles = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
  unread: ['bun.lock', 'bun.lockb'],
} as const

/** What `packageManager` says: `pnpm@9.1.0+sha512.…`. Ranges and addresses are no versions. */
function statedIn(packageManager: string | undefined): { name: string; version: string | null } | null {
  const [, name, version = null] =
    /^(npm|pnpm|yarn)(?:@(\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[\w.]{1,50})?)(?:\+[\w.]*)?)?$/.exec(
      packageManager ?? '',
    ) ?? []
  return name === undefined ? null : { name, version }
}

/** How the beginning of a lock file of Yarn after version 1 looks. */
const isBerry = (text: string) => /^__metadata:/m.test(text.slice(0, 2_000))

/**
 * What installs a project: what its `package.json` says, else what its lock file is of, else npm. `textOf` gives the text of a file
 * beside `package.json`, or null.
 */
export async function packageManagerOf(
  { packageManager }: Pick<PackageFile, 'packageManager'>,
  { has, textOf }: { has: (name: string) => boolean; textOf: (name: string) => Promise<string | null> },
): Promise<PackageManager> {
  const stated = statedIn(packageManager)
  const lockOf = (names: readonly string[]) => names.find(has) ?? null
  const locks = { npm: lockOf(lockFiles.npm), pnpm: lockOf(lockFiles.pnpm), yarn: lockOf(lockFiles.yarn) }
  const name = stated?.name ?? (['npm', 'pnpm', 'yarn'] as const).find((one) => locks[one] !== null)
  if (name === 'pnpm') {
    const text = locks.pnpm === null ? '' : ((await textOf(locks.pnpm)) ?? '')
    const version = stated?.version ?? versionIn(text.slice(0, 2_000), pnpmFor, newestPnpm)
    return { name, version, lock: locks.pnpm }
  }
  if (name !== 'yarn') {
    const text = locks.npm === null ? '' : ((await textOf(locks.npm)) ?? '')
    const isOld = /"lockfileVersion"\s*:\s*1\b/.test(text.slice(0, 2_000))
    return { name: 'npm', version: null, lock: locks.npm, ...(isOld && { oldPeers: true }) }
  }
  const text = locks.yarn === null ? '' : ((await textOf(locks.yarn)) ?? '')
  const usual = isBerry(text) ? versionIn(text.slice(0, 2_000), yarnFor, newestYarn) : yarnClassic
  return yarn(stated?.version ?? usual, locks.yarn)
}

/** Its name and version as people know it. */
export const managerWords = ({ name, version }: PackageManager): string =>
  version === null ? name : `${name === 'pnpm' ? 'pnpm' : 'Yarn'} ${version}`
