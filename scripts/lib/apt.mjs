import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hasProgram } from './system-packages.mjs'
import { run } from './run.mjs'

const policyFile = '/usr/sbin/policy-rc.d'
const policyMark = '# vitrine: programs are installed, their system services are not started'
/**
 * Packages whose system service Debian would start at the next boot. The platform runs these programs itself.
 */
const unitsOf = {
  nginx: ['nginx'],
  supervisor: ['supervisor'],
  'redis-server': ['redis-server'],
  'docker.io': ['docker.service', 'docker.socket'],
}

/** Keeps packages from starting their services while `work` runs (invoke-rc.d(8): exit code 101 forbids it). @param {() => Promise<void>} work */
async function withoutServices(work) {
  const isOurs = !existsSync(policyFile) || readFileSync(policyFile, 'utf8').includes(policyMark)
  if (isOurs) writeFileSync(policyFile, `#!/bin/sh\n${policyMark}\nexit 101\n`, { mode: 0o755 })
  try {
    await work()
  } finally {
    if (isOurs) rmSync(policyFile, { force: true })
  }
}

const hasLists = () =>
  existsSync('/var/lib/apt/lists') &&
  readdirSync('/var/lib/apt/lists').some(
    (name) => name.endsWith('_Packages') || name.endsWith('_Packages.lz4'),
  )

/** Of these packages, those that are not installed. @param {readonly string[]} packages @returns {Promise<string[]>} */
export async function notInstalled(packages) {
  const { lines } = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n', ...packages])
  return packages.filter((name) => !lines.includes(`${name} installed`))
}

/** Whether this process may install Debian packages. */
export const canInstall = () => process.getuid?.() === 0 && hasProgram('apt-get') && hasProgram('dpkg-query')

/**
 * Installs Debian packages without recommended packages, and without starting system services. It never removes what
 * is installed, such as another Docker than Debian's. Returns a line with apt's last message for each package that could
 * not be installed.
 * @param {readonly string[]} packages @param {AbortSignal} [signal]
 * @returns {Promise<string[]>}
 */
export async function installPackages(packages, signal) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
  const apt = (/** @type {string[]} */ ...args) =>
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-q', ...args], { env, signal })
  const install = (/** @type {readonly string[]} */ names) =>
    apt('install', '-y', '--no-install-recommends', '--no-remove', ...names)
  /** @type {string[]} */
  const failures = []
  await withoutServices(async () => {
    if (!hasLists()) await apt('update')
    if ((await install(packages)).code === 0 || signal?.aborted) return
    // The package lists may be older than the archive.
    await apt('update')
    if ((await install(packages)).code === 0) return
    // If the distribution lacks one package, apt refuses all of them. So each is tried separately.
    for (const name of packages) {
      const { code, lines } = signal?.aborted ? { code: 0, lines: [] } : await install([name])
      if (code !== 0) failures.push(`${name}: ${lines.at(-1) ?? ''}`)
    }
  })
  const units = Object.entries(unitsOf).flatMap(([name, ofIt]) => (packages.includes(name) ? ofIt : []))
  if (units.length > 0 && hasProgram('systemctl')) await run('systemctl', ['disable', '--quiet', ...units])
  return failures
}
