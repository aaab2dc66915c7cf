import { join } from 'node:path'

/**
 * The folder in which Node caches the compiled programs of a checkout. It is beside the programs, so anybody who can
 * write to it could change the programs as well.
 * @param {string} root
 */
export const compiledIn = (root) => join(root, 'dist', 'server', 'compiled')

/**
 * The options of the control plane's Node. Its space for new objects has its full size (16 MiB) from the beginning.
 * Otherwise a start, whose objects nearly all stay, would copy them again and again. This saves a sixth of the
 * processor time and costs 20 MB of memory.
 */
export const nodeOptions = ['--min-semi-space-size=16']
