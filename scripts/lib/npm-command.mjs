import { existsSync } from 'node:fs'

/**
 * npm as whoever started us has it, run by this Node, or the one on the path.
 * @param {string} nodeFile
 */
export function npmCommand(nodeFile) {
  const npm = process.env.npm_execpath
  return npm?.endsWith('npm-cli.js') && existsSync(npm)
    ? { file: nodeFile, args: [npm] }
    : { file: 'npm', args: [] }
}
