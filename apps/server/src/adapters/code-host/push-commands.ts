import type { Readable } from 'node:stream'
import { constants, gunzipSync } from 'node:zlib'

/**
 * How many bytes at the beginning of a push are searched for its commands. The commands of a push with a longer
 * beginning are not known.
 */
const longestBeginning = 1024 * 1024
const lengthDigits = 4
const branchRefs = 'refs/heads/'
const command = /^(?:[0-9a-f]{40}|[0-9a-f]{64}) (?<to>[0-9a-f]{40}|[0-9a-f]{64}) (?<ref>[^\0\n]+)/
/** The line that a shallow clone sends before its commands. */
const shallow = /^shallow [0-9a-f]{40,64}\n?$/

/**
 * Where reading packets has stopped: at the first flush, at bytes that are not packets, or at an incomplete packet that
 * needs this many bytes.
 */
type Reached = 'flush' | 'nonsense' | { rest: Buffer; needed: number }

/**
 * The commits to which a push moves refs, by the names of the refs. `isPlain` says that it contained nothing else, such
 * as signed commands.
 */
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

/** The decompressed beginning, as far as it has arrived. */
function inflated(beginning: Buffer): Buffer {
  try {
    return gunzipSync(beginning, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: 4 * longestBeginning,
    })
  } catch {
    // Data that git could not read either, or that is far longer than commands.
    return Buffer.alloc(0)
  }
}

/** See {@link readPushCommands}. */
type PushCommands = ReturnType<typeof readPushCommands>

/**
 * Reads the commands of a push while it is passed on to git. `commitFor` is the commit to which the push moves a ref;
 * null if it does not move or deletes it. Git may still refuse the command. `branches` are the commits of all its branches by their names, as
 * far as they are known. `refs` are all refs that it would change; null if that is not known.
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
    /** Whether no command can follow that would be understood. */
    isOver: () => typeof reached === 'string' || seen >= longestBeginning,
    onBody: (chunk: Buffer): void => {
      if (typeof reached === 'string' || seen >= longestBeginning) return
      seen += chunk.length
      held += chunk.length
      pieces.push(chunk)
      // The pieces are joined only once for each packet, however small they are.
      if (!isCompressed && held >= reached.needed) read(Buffer.concat(pieces))
    },
    commitFor,
    branches(): Map<string, string> {
      const found = new Map<string, string>()
      for (const ref of told.commits.keys()) {
        const commit = ref.startsWith(branchRefs) ? commitFor(ref) : null
        if (commit !== null) found.set(ref.slice(branchRefs.length), commit)
      }
      return found
    },
    refs: (): string[] | null => (reached === 'flush' && told.isPlain ? [...told.commits.keys()] : null),
  }
}

/**
 * Reads the commands of a push, which come before what it sends. Compressed commands are understood only when the whole
 * push has arrived. Null if the sender has disconnected.
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
    // Reading a request fails only if the sender has disconnected.
    return null
  }
  return { commands, beginning }
}
