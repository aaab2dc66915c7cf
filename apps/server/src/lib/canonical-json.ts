import { createHash, type Hash } from 'node:crypto'
import type { Json } from '@vitrine/contract'
import { inTimeSlices } from './time-slices.ts'

/** How much text is collected before it is hashed, in characters: hashing many small pieces takes far longer. */
const pieceLength = 64 * 1024

/** Collects text for a hash. */
function collector(hash: Hash): { add: (text: string) => void; end: () => void } {
  let waiting = ''
  const end = () => {
    hash.update(waiting)
    waiting = ''
  }
  return {
    add(text) {
      waiting += text
      if (waiting.length >= pieceLength) end()
    },
    end,
  }
}

/**
 * Writes a value as JSON in its one form, in pieces. `text` changes each text. It pauses after each value, so that whoever writes may
 * let others have their turn: a result can have millions of them.
 */
function* writing(
  value: Json,
  text: (value: string) => string,
  add: (piece: string) => void,
): Generator<null, void> {
  yield null
  if (typeof value === 'string') return add(JSON.stringify(text(value)))
  if (typeof value !== 'object' || value === null) return add(JSON.stringify(value))
  const isList = Array.isArray(value)
  add(isList ? '[' : '{')
  let isFirst = true
  for (const [name, each] of isList ? value.entries() : inOrder(value)) {
    if (!isFirst) add(',')
    isFirst = false
    if (typeof name === 'string') add(`${JSON.stringify(text(name))}:`)
    // Without a generator of its own, as most values have no parts.
    if (typeof each === 'object' && each !== null) yield* writing(each, text, add)
    else add(JSON.stringify(typeof each === 'string' ? text(each) : each))
    yield null
  }
  add(isList ? ']' : '}')
}

const inOrder = (value: { [key: string]: Json }) =>
  Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))

/**
 * SHA-256 of a value as JSON in one form for all that are equal: without spaces, and with the fields of each object in the order of
 * their names, as RFC 8785 (JCS) has it. `text` changes each text before it is hashed. The JSON is never in memory as a whole, and
 * others have their turn meanwhile, however large the value is. It must not change until then.
 */
export async function canonicalDigest(
  value: Json,
  text: (value: string) => string = (same) => same,
): Promise<string> {
  const hash = createHash('sha256')
  const { add, end } = collector(hash)
  await inTimeSlices(writing(value, text, add))
  end()
  return hash.digest('hex')
}

/** The same digest of a value that is known to be small, such as an entry of the audit log: nobody else has a turn meanwhile. */
export function canonicalDigestAtOnce(value: Json): string {
  const hash = createHash('sha256')
  const { add, end } = collector(hash)
  for (const _pause of writing(value, (same) => same, add));
  end()
  return hash.digest('hex')
}
