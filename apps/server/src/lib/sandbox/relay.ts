import type { Command } from '../run-command.ts'
import type { SandboxView } from './sandbox-command.ts'

/** Returns a command, and what it sees in its sandbox, so that it reaches one place and nothing else. */
export type Lead = (command: Command, view: SandboxView) => { command: Command; view: SandboxView }

/** Node, and the program that leads from a port of a sandbox to a socket of the platform. */
export type RelayProgram = { node: string; relay: string }

/** A port of the loopback that each sandbox without the network has for itself. */
const relayPort = '3128'
/** Where a command in such a sandbox finds what the relay leads to. */
export const relayOrigin = `http://127.0.0.1:${relayPort}`

/** Leads a command to a socket, by the relay. Pure. */
export const leadToSocket =
  (socket: string, { node, relay }: RelayProgram): Lead =>
  (command, view) => ({
    command: { ...command, file: node, args: [relay, socket, relayPort, command.file, ...command.args] },
    view: { ...view, read: [...view.read, node, relay, socket] },
  })
