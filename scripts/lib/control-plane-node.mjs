import { join } from 'node:path'

/**
 * Where Node keeps what it compiled of the programs in a checkout, and runs it again: beside them, so whoever can write
 * there can change the programs as well.
 * @param {string} root
 */
export const compiledIn = (root) => join(root, 'dist', 'server', 'compiled')

/**
 * How the control plane's Node is started. It begins with as much room for new objects as it may have (16 MiB) instead of
 * growing to it: a start, nearly all of whose objects stay, would copy them again and again. It takes a sixth less of the
 * processor, for 20 MB of memory.
 */
export const nodeOptions = ['--min-semi-space-size=16']
