import { Socket } from 'node:net'
import { lineSplitter } from '../lib/line-splitter.ts'

/** The variable with the number of the descriptor that the start script passes on. */
const variable = 'VITRINE_PARENT_FD'

/** The connection to the start script. Both sides send one JSON value a line. */
export type ParentChannel = {
  isOpen: () => boolean
  /** Resolves when the message has been handed to the system, or when the connection is closed. */
  send: (message: object) => Promise<void>
  onMessage: (take: (message: unknown) => void) => void
  /** `then` is called once the start script has closed its side, as at its end; at once if it has already. */
  onClosed: (then: () => void) => void
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/**
 * Opens the connection to the start script, and removes its variable from `env`: it is no setting. Null if something
 * else has started this process. It is a socket of our own
 * and not Node's channel: the start script may have more rights than we, and Node's reads a message of any length, and
 * takes descriptors.
 */
export function openParentChannel(env: NodeJS.ProcessEnv): ParentChannel | null {
  const descriptor = env[variable]
  if (descriptor === undefined) return null
  delete env[variable]
  const socket = new Socket({ fd: Number(descriptor) })
  let isOpen = true
  let take: (message: unknown) => void = () => undefined
  const lines = lineSplitter((line) => take(parsed(line)))
  // A start script that has died is told by `close`.
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => lines.write(bytes))
  socket.on('close', () => (isOpen = false))
  return {
    isOpen: () => isOpen,
    send: (message) =>
      new Promise((resolve) => {
        if (isOpen) socket.write(`${JSON.stringify(message)}\n`, () => resolve())
        else resolve()
      }),
    onMessage: (to) => (take = to),
    onClosed(then) {
      if (isOpen) socket.once('close', then)
      else then()
    },
  }
}
