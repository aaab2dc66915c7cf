import { createHash, type Hash } from 'node:crypto'
import type { Json } from '@vitrine/contract'

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
 * SHA-256 of a value as JSON in one form for all that are equal: without spaces, and with the fields of each object in the order of
 * their names, as RFC 8785 (JCS) has it. `text` changes each text before it is hashed. The JSON is never in memory as a whole.
 */
export function canonicalDigest(value: Json, text: (value: string) => string = (same) => same): string {
  const hash = createHash('sha256')
  const { add, end } = collector(hash)
  const walk = (part: Json): void => {
    if (typeof part === 'string') return add(JSON.stringify(text(part)))
    if (typeof part !== 'object' || part === null) return add(JSON.stringify(part))
    const isList = Array.isArray(part)
    const entries = isList
      ? part.map((each): [string, Json] => ['', each])
      : Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1))
    add(isList ? '[' : '{')
    for (const [place, [name, each]] of entries.entries()) {
      if (place > 0) add(',')
      if (!isList) add(`${JSON.stringify(text(name))}:`)
      walk(each)
    }
    add(isList ? ']' : '}')
  }
  walk(value)
  end()
  return hash.digest('hex')
}
