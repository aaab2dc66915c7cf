/** A piece of a transcript with its time in seconds. */
export type Chunk = { text: string; start: number; end: number; score?: number }

/**
 * The index of the chunk that is spoken at a moment, −1 in a pause. `chunks` are ordered by start. If two
 * overlap, the one that began later counts.
 */
export const activeChunk = (chunks: readonly Chunk[], time: number): number => {
  let low = 0
  let high = chunks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((chunks[middle]?.start ?? 0) <= time) low = middle + 1
    else high = middle
  }
  const chunk = chunks[low - 1]
  return chunk !== undefined && time < chunk.end ? low - 1 : -1
}

/** Chunks in order of time, without those that have no text or an invalid time. */
export const orderedChunks = (chunks: readonly Chunk[]): Chunk[] =>
  chunks
    .filter(({ text, start, end }) => text.trim() !== '' && Number.isFinite(start) && Number.isFinite(end))
    .sort((a, b) => a.start - b.start)

/** Scripts without spaces between words, and punctuation that belongs to the text before it. */
const clings = /^[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{P}]/u
const open = /[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}([{“‘「（]$/u

/** Whether a space is needed between two chunks that contain none themselves. */
export const spaceBetween = (before: string, after: string): boolean =>
  !open.test(before) && !clings.test(after)

/** The whole text of the chunks. */
export const textOf = (chunks: readonly Chunk[]): string =>
  chunks
    .reduce((text, chunk) => {
      const gap = text !== '' && spaceBetween(text, chunk.text) ? ' ' : ''
      return `${text}${gap}${chunk.text}`
    }, '')
    .trim()

/**
 * The indexes of the chunks in each hit of a search. A phrase may span several chunks. Case and the amount of
 * space do not matter. An empty search has no hits.
 */
export const searchChunks = (chunks: readonly Chunk[], query: string): number[][] => {
  const wanted = plain(query).trim()
  if (wanted === '') return []
  let text = ''
  const owner: number[] = []
  chunks.forEach((chunk, place) => {
    const gap = text !== '' && spaceBetween(text, chunk.text) ? ' ' : ''
    const said = `${gap}${plain(chunk.text)}`
    text += said
    for (let unit = 0; unit < said.length; unit++) owner.push(place)
  })
  const hits: number[][] = []
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length))
    hits.push([...new Set(owner.slice(at, at + wanted.length))])
  return hits
}

const plain = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ')

/** A time in subtitles: `00:01:02,345`. */
const subtitleTime = (seconds: number): string => {
  const ms = Math.max(0, Math.round(seconds * 1000))
  const part = (value: number, digits: number) => String(value).padStart(digits, '0')
  return `${part(Math.floor(ms / 3_600_000), 2)}:${part(Math.floor(ms / 60_000) % 60, 2)}:${part(Math.floor(ms / 1_000) % 60, 2)},${part(ms % 1_000, 3)}`
}

/** Chunks joined to lines of at most eight seconds and eighty characters, and broken at long pauses. */
export const linesOf = (chunks: readonly Chunk[]): Chunk[] => {
  const lines: Chunk[] = []
  for (const chunk of chunks) {
    const line = lines.at(-1)
    const joined = line === undefined ? '' : textOf([line, chunk])
    if (line === undefined || chunk.end - line.start > 8 || joined.length > 80 || chunk.start - line.end > 1)
      lines.push({ ...chunk, text: chunk.text.trim() })
    else lines[lines.length - 1] = { text: joined, start: line.start, end: Math.max(line.end, chunk.end) }
  }
  return lines
}

/** Subtitles in the SubRip format, by the lines of `linesOf`. */
export const subtitlesOf = (chunks: readonly Chunk[]): string =>
  linesOf(chunks)
    .map(
      ({ text, start, end }, place) =>
        `${place + 1}\n${subtitleTime(start)} --> ${subtitleTime(end)}\n${text}\n`,
    )
    .join('\n')
