import { UserError, words } from './words.mjs'

const oldest = { major: 20, minor: 19 }
/** The oldest Node version that its makers support and that the platform is tested on. */
export const supportedMajor = 24

/**
 * Whether a version of Node, such as `20.19.3`, is new enough for the scripts. They find or install a newer
 * one for the platform.
 * @param {string} version
 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor)
}

/** Whether the platform itself runs on a version of Node. @param {string} version */
export const isSupported = (version) => Number(version.split('.')[0]) >= supportedMajor

/** Throws if Node is too old for us. */
export function checkNodeVersion(version = process.versions.node) {
  if (isNewEnough(version)) return
  const wanted = `${oldest.major}.${oldest.minor}`
  throw new UserError(
    words(
      `需要 Node ${wanted} 或更新的版本，当前是 ${version}（${process.execPath}）。`,
      `Vitrine needs Node ${wanted} or newer; this is ${version} (${process.execPath}).`,
    ),
  )
}
