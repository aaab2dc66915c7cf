import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { nodeOptions } from '../../scripts/lib/control-plane-node.mjs'
import { projectFolder } from './built-project.ts'

/**
 * Starts the built control plane with a channel as its descriptor 3, as `npm start` does. What it prints is added to a
 * file. `command` are the words in front of its own command. `program` is what Node runs in place of the built control plane.
 */
export function spawnControlPlane(input: {
  command: readonly string[]
  environment: Readonly<Record<string, string>>
  logFile: string
  program?: readonly string[]
}): ChildProcess {
  const output = openSync(input.logFile, 'a')
  const built = [join(projectFolder, 'dist', 'server', 'main.js')]
  const program = [process.execPath, ...nodeOptions, ...(input.program ?? built)]
  const [file = '', ...args] = [...input.command, ...program]
  const child = spawn(file, args, {
    cwd: projectFolder,
    env: { ...input.environment, VITRINE_PARENT_FD: '3' },
    stdio: ['ignore', output, output, 'pipe'],
  })
  closeSync(output)
  return child
}
