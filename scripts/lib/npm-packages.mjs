import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { npmCommand } from './npm-command.mjs'
import { withNode } from './platform-node.mjs'
import { readable } from './processes.mjs'
import { run } from './run.mjs'
import { commandFailed } from './steps.mjs'
import { words } from './words.mjs'

/**
 * An entry of a package-lock file, as far as we read it.
 * @typedef {{ version?: string, resolved?: string, link?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry
 * @typedef {{ packages?: Record<string, LockEntry> }} Lock
 */

/** @param {string[] | undefined} list @param {string} value */
function allows(list, value) {
  if (!list) return true
  if (list.includes(`!${value}`)) return false
  return list.includes(value) || list.every((entry) => entry.startsWith('!'))
}

/**
 * Returns the packages of the lock file that are not installed in the locked version. An optional package is
 * only required if it is for this machine and does not ask for a certain C library.
 * @param {Lock} lock the contents of package-lock.json @param {Lock} installed the contents of node_modules/.package-lock.json
 * @param {{ platform: string, arch: string }} machine
 */
export function missingPackages(lock, installed, machine = process) {
  const has = installed.packages ?? {}
  return Object.entries(lock.packages ?? {}).flatMap(([path, entry]) => {
    if (!path.includes('node_modules/')) return []
    const found = has[path]
    if (found) return found.version === entry.version && found.resolved === entry.resolved ? [] : [path]
    const isForUs = allows(entry.os, machine.platform) && allows(entry.cpu, machine.arch)
    const isNeeded = !entry.optional || (isForUs && entry.os !== undefined && entry.libc === undefined)
    return isNeeded ? [path] : []
  })
}

/** @param {string} file @returns {Lock | null} */
function readLock(file) {
  const text = readable(() => readFileSync(file, 'utf8'))
  return text === null ? null : JSON.parse(text)
}

/** Whether node_modules matches package-lock.json. @param {string} root */
function areInstalled(root) {
  const lock = readLock(join(root, 'package-lock.json'))
  const installed = readLock(join(root, 'node_modules', '.package-lock.json'))
  return lock !== null && installed !== null && missingPackages(lock, installed).length === 0
}

/**
 * Installs the npm packages of the lock file if node_modules does not match it.
 * @param {{ root: string, node: import('./platform-node.mjs').PlatformNode, steps: import('./steps.mjs').Steps, signal?: AbortSignal }} input
 */
export async function installNpmPackages({ root, node, steps, signal }) {
  if (areInstalled(root)) return
  await steps.step(words('安装 npm 依赖', 'Installing npm packages'), async () => {
    const npm = npmCommand(node.file)
    // Install scripts of packages are not run. `completeInstallation` does the necessary part of their work.
    const flags = [
      '--ignore-scripts',
      '--include=dev',
      '--include=optional',
      '--no-audit',
      '--no-fund',
      '--no-progress',
    ]
    const { code, lines } = await run(npm.file, [...npm.args, 'ci', ...flags], {
      cwd: root,
      env: withNode(node),
      signal,
    })
    signal?.throwIfAborted()
    if (code !== 0) throw commandFailed(words('npm ci 失败：', 'npm ci failed:'), lines)
  })
}
