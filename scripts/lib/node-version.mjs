import { Told, words } from './words.mjs'

const oldest = { major: 20, minor: 19 }

/**
 * Whether this version of Node, such as `20.19.3`, is new enough.
 * @param {string} version
 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor)
}

/** Throws where Node is too old for us. */
export function checkNodeVersion(version = process.versions.node) {
  if (isNewEnough(version)) return
  const wanted = `${oldest.major}.${oldest.minor}`
  throw new Told(
    words(
      `需要 Node ${wanted} 或更新的版本，当前是 ${version}（${process.execPath}）。`,
      `Vitrine needs Node ${wanted} or newer; this is ${version} (${process.execPath}).`,
    ),
  )
}
