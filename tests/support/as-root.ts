import { describe } from 'vitest'

const isRoot = process.getuid?.() === 0

/** Runs a suite about what a platform that root started guarantees. Its name says if it is skipped. */
export function describeAsRoot(name: string, suite: () => void): void {
  describe.skipIf(!isRoot)(`${name}${isRoot ? '' : ' (skipped: the tests do not run as root)'}`, suite)
}
