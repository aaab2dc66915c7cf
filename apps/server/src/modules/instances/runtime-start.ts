import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from '../../lib/if-there.ts'

/** Returns a start script of these commands, which begin in the folder of the release. */
export const startScript = (lines: readonly string[]): string => `#!/bin/sh
# Started by Vitrine's process runner; exec keeps one process, so that signals reach the service itself.
cd "$(dirname "$0")" || exit 1
${lines.join('\n')}
`

/** Makes Python's environment that of the release. */
export const activate = '. venv/bin/activate'

/** The commands that start the platform's runtimes. */
export const runtimeCommands = {
  node: 'exec node "$VITRINE_RUNTIMES/node/main.js"',
  // As a module, so that a main.py of the package keeps its meaning.
  python: 'exec python -m vitrine_runtime',
}

/** A runtime of the platform. */
type OwnRuntime = keyof typeof runtimeCommands

const runtimeScripts: ReadonlyMap<string, OwnRuntime> = new Map([
  [startScript([runtimeCommands.node]), 'node'],
  [startScript([activate, runtimeCommands.python]), 'python'],
  // In an image there is no environment to activate: its own Python has what the package needs.
  [startScript([runtimeCommands.python]), 'python'],
])

/** The length of our longest script, in bytes. A longer script is not ours. */
const longest = Math.max(...[...runtimeScripts.keys()].map((text) => Buffer.byteLength(text)))

/** The text of a script that can be one of ours. Null for another one and for none. A package's script can be of any length. */
async function textOf(path: string): Promise<string | null> {
  const file = await ifThere(open(path, 'r'))
  if (file === null) return null
  try {
    const bytes = Buffer.alloc(longest + 1)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return bytesRead > longest ? null : bytes.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * The runtime of the platform that serves a release, so that it can use a socket of the process runner; null if none does. The
 * form of its package does not show this: a package may have its own start script, which only knows a port. `folder` is the
 * folder of the release.
 */
export async function servingRuntime(folder: string): Promise<OwnRuntime | null> {
  const script = await textOf(join(folder, 'start.sh'))
  return script === null ? null : (runtimeScripts.get(script) ?? null)
}
