import { join } from 'node:path'

/**
 * The folder in which Node caches the compiled programs of a checkout. It is beside the programs, so anybody who can
 * write to it could change the programs as well.
 * @param {string} root
 */
export const compiledIn = (root) => join(root, 'dist', 'server', 'compiled')

/**
 * The options of the control plane's Node, for its garbage collector.
 *
 * - Its space for new objects has its full size (16 MiB) from the beginning. Otherwise a start, whose objects nearly all stay,
 *   would copy them again and again. The space does not grow either: Node 24 would let it grow to 64 MiB and keep as much again
 *   for copies.
 * - Old objects are first collected when there are 96 MiB of them. Otherwise a start, which makes 45 MiB that stay, would look
 *   for garbage among them several times and find none.
 */
export const nodeOptions = [
  '--min-semi-space-size=16',
  '--max-semi-space-size=16',
  '--initial-old-space-size=96',
]
