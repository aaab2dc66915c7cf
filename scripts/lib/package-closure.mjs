import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * An entry of package-lock.json, as far as it is read here.
 * @typedef {{ dependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }} Entry
 */

/** The folder in which Node finds a package that is asked for in another one's folder. @param {Record<string, Entry>} packages @param {string} asking @param {string} name */
function placeOf(packages, asking, name) {
  for (
    let folder = asking;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))
  ) {
    const place = [...(folder === '' ? [] : [folder]), 'node_modules', name].join('/')
    if (packages[place]) return place
    if (folder === '') return null
  }
}

/**
 * Returns the folders, relative to the checkout, of these packages and of all that they need, as the lock file has them.
 * What is not installed is left out: packages for other machines, and optional ones.
 * @param {string} root @param {readonly string[]} names
 */
export function packageClosure(root, names) {
  /** @type {{ packages: Record<string, Entry> }} */
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  /** @type {Set<string>} */
  const found = new Set()
  const add = (/** @type {string} */ asking, /** @type {string} */ name) => {
    const place = placeOf(packages, asking, name)
    if (place === null || found.has(place) || !existsSync(join(root, place))) return
    found.add(place)
    const { dependencies, optionalDependencies } = packages[place] ?? {}
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) add(place, needed)
  }
  for (const name of names) add('', name)
  return [...found].sort()
}
