/** How long a reader may take nothing while something is there for them, in milliseconds. */
export const usualStalledMs = 60_000

/** The longest piece that is handed to a connection at once, in characters: what a slow reader leaves lying is no more. */
const pieceLength = 64 * 1024

/** A text in pieces that are short enough to be handed to a connection. Pure. */
export function* shortPieces(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    let to = from + pieceLength
    // A character of two halves stays whole: each piece is encoded alone.
    if ((text.codePointAt(to - 1) ?? 0) > 0xffff) to += 1
    yield text.slice(from, to)
    from = to
  }
}

/** Yields pieces while their reader takes them. Calls `onStall` if the reader does not ask for the next one in time. */
export async function* whileTaken(
  pieces: Iterable<string> | AsyncIterable<string>,
  { stalledMs, onStall }: { stalledMs: number; onStall: () => void },
): AsyncGenerator<string> {
  for await (const text of pieces)
    for (const piece of shortPieces(text)) {
      const timer = setTimeout(onStall, stalledMs)
      try {
        yield piece
      } finally {
        clearTimeout(timer)
      }
    }
}
