import { existsSync } from 'node:fs'

/**
 * Returns the npm command: the npm that started us, run by this Node, or else npm on the path.
 * @param {string} nodeFile
 */
export function npmCommand(nodeFile) {
  const npm = process.env.npm_execpath
  return npm?.endsWith('npm-cli.js') && existsSync(npm)
    ? { file: nodeFile, args: [npm] }
    : { file: 'npm', args: [] }
}
