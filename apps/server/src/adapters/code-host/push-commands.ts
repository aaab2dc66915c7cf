import type { Readable } from 'node:stream'
import { constants, gunzipSync } from 'node:zlib'

/** The commands of a push are at its beginning. Of a longer beginning nothing is known. In bytes. */
const longestBeginning = 1024 * 1024
const lengthDigits = 4
const command = /^(?:[0-9a-f]{40}|[0-9a-f]{64}) (?<to>[0-9a-f]{40}|[0-9a-f]{64}) (?<ref>[^\0\n]+)/
/** What a shallow clone says before its commands. */
const shallow = /^shallow [0-9a-f]{40,64}\n?$/

/** Where reading packets has come to: the first flush, something else than packets, or a packet that needs so many bytes. */
type Reached = 'flush' | 'nonsense' | { rest: Buffer; needed: number }

/** The commits to which a push moves refs, by their names. `isPlain`: it has said nothing else, such as signed commands. */
type Told = { commits: Map<string, string>; isPlain: boolean }

/** Reads complete packets. Format: gitprotocol-pack(5), the lines `old new ref` before the first flush. */
function readPackets(bytes: Buffer, told: Told): Reached {
  let at = 0
  while (at + lengthDigits <= bytes.length) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + lengthDigits), 16)
    if (length === 0) return 'flush'
    if (!(length > lengthDigits)) return 'nonsense'
    if (at + length > bytes.length) return { rest: bytes.subarray(at), needed: length }
    const line = bytes.toString('utf8', at + lengthDigits, at + length)
    const { to, ref } = command.exec(line)?.groups ?? {}
    if (to !== undefined && ref !== undefined) told.commits.set(ref, to)
    else if (!shallow.test(line)) told.isPlain = false
    at += length
  }
  return { rest: bytes.subarray(at), needed: lengthDigits }
}

/** The beginning as it was before its sender compressed it, as far as it goes. */
function inflated(beginning: Buffer): Buffer {
  try {
    return gunzipSync(beginning, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: 4 * longestBeginning,
    })
  } catch {
    // What git cannot read either, or far more than commands are.
    return Buffer.alloc(0)
  }
}

/** See {@link readPushCommands}. */
type PushCommands = ReturnType<typeof readPushCommands>

/**
 * Reads what a push asks for while it is passed on to git. `commitFor` is the commit to which it moves a ref; null if it does not, or
 * deletes it. Whether git has done it is another question. `commits` are those of all its branches, as far as they are known. `refs` are
 * all that it would change; null if that is not known.
 */
export function readPushCommands(isCompressed: boolean) {
  const told: Told = { commits: new Map(), isPlain: true }
  let reached: Reached = { rest: Buffer.alloc(0), needed: lengthDigits }
  let pieces: Buffer[] = []
  let [held, seen] = [0, 0]
  const read = (bytes: Buffer) => {
    reached = readPackets(bytes, told)
    pieces = typeof reached === 'object' ? [reached.rest] : []
    held = typeof reached === 'object' ? reached.rest.length : 0
  }
  const commitFor = (ref: string): string | null => {
    if (isCompressed && typeof reached === 'object') read(inflated(Buffer.concat(pieces)))
    const commit = reached === 'flush' ? told.commits.get(ref) : undefined
    return commit === undefined || /^0+$/.test(commit) ? null : commit
  }
  return {
    /** Whether nothing that follows can be a command that is understood. */
    isOver: () => typeof reached === 'string' || seen >= longestBeginning,
    onBody: (chunk: Buffer): void => {
      if (typeof reached === 'string' || seen >= longestBeginning) return
      seen += chunk.length
      held += chunk.length
      pieces.push(chunk)
      // Put together once for each packet, in however small pieces it comes.
      if (!isCompressed && held >= reached.needed) read(Buffer.concat(pieces))
    },
    commitFor,
    commits: (): string[] =>
      [...told.commits.keys()]
        .filter((ref) => ref.startsWith('refs/heads/'))
        .map(commitFor)
        .filter((commit) => commit !== null),
    refs: (): string[] | null => (reached === 'flush' && told.isPlain ? [...told.commits.keys()] : null),
  }
}

/**
 * Reads the commands of a push, which come before what it sends. Compressed ones are not understood before all of it is there. Null if its
 * sender has left.
 */
export async function readCommands(
  body: Readable,
  isCompressed: boolean,
): Promise<{ commands: PushCommands; beginning: Buffer[] } | null> {
  const commands = readPushCommands(isCompressed)
  const beginning: Buffer[] = []
  if (isCompressed) return { commands, beginning }
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) break
      beginning.push(chunk)
      commands.onBody(chunk)
      if (commands.isOver()) break
    }
  } catch {
    // Reading a request fails only if its sender has left.
    return null
  }
  return { commands, beginning }
}
