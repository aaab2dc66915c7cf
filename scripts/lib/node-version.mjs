import { Told, words } from './words.mjs'

const oldest = [20, 19]

/**
 * Whether this version of Node, such as `20.19.3`, is new enough.
 * @param {string} version
 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}

/** Throws where Node is too old for us. */
export function checkNodeVersion(version = process.versions.node) {
  if (isNewEnough(version)) return
  const wanted = oldest.join('.')
  throw new Told(
    words(
      `需要 Node ${wanted} 或更新的版本，当前是 ${version}（${process.execPath}）。`,
      `Vitrine needs Node ${wanted} or newer; this is ${version} (${process.execPath}).`,
    ),
  )
}
