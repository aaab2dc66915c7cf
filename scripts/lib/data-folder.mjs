import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { words } from './words.mjs'

/** Returns the first folder on the path that other accounts may not enter, or null. @param {string} folder */
function closedFolder(folder) {
  for (let at = folder; ; at = dirname(at)) {
    const entry = statSync(at, { throwIfNoEntry: false })
    if (entry && (entry.mode & 0o001) === 0) return at
    if (at === dirname(at)) return null
  }
}

/**
 * Chooses the folder of the platform's data: VITRINE_DATA_DIR, or `data` in the checkout. If we are root,
 * PostgreSQL and the algorithms run under their own accounts, which must be able to reach it. If they cannot
 * reach the checkout, it is /var/lib/vitrine, and `why` explains this.
 * @param {{ root: string, given: string | null, isRoot: boolean }} input
 * @returns {{ folder: string, why: string | null }}
 */
export function chooseDataFolder({ root, given, isRoot }) {
  if (given) return { folder: resolve(root, given), why: null }
  const inCheckout = join(root, 'data')
  const closed = isRoot ? closedFolder(root) : null
  if (closed === null) return { folder: inCheckout, why: null }
  const folder = '/var/lib/vitrine'
  return {
    folder,
    why: words(
      `数据文件夹：${folder}（其他账户无法进入 ${closed}，数据库和算法在低权限账户下运行）`,
      `Data folder: ${folder} (${closed} is closed to other accounts, and database and algorithms run under low-privilege ones)`,
    ),
  }
}
