import type { Motif } from '../../shared/kinds/kind.ts'
import { kinds } from '../../shared/kinds/registry.ts'

/**
 * The drawing in place of a result: a motif for the kind of task, with colours and shapes that follow from the name.
 */
export type CoverArt = { motif: Motif; hue: number; marks: Mark[]; letter: string }

/** A part of the drawing, in a field of 340 × 200. */
type Mark = { x: number; y: number; width: number; height: number }

/** Parts of the names of tasks, and what belongs to them. The first that fits counts. */
const usualWords: readonly (readonly [Motif, readonly string[]])[] = [
  ['waves', ['audio', 'speech', 'sound', 'voice', 'music']],
  ['frames', ['image', 'object', 'face', 'video', 'vision', 'ocr']],
  ['lines', ['text', 'translat', 'summar', 'sentence', 'question', 'language', 'chat']],
  ['bars', ['tabular', 'regress', 'forecast', 'time-series', 'score', 'anomaly']],
]
const wordsOfKinds = (motif: Motif): string[] =>
  kinds.flatMap(({ drawing }) => (drawing?.motif === motif ? drawing.words : []))
/** The same with the words that the kinds of result bring. */
const families = usualWords.map(([motif, words]) => [motif, [...words, ...wordsOfKinds(motif)]] as const)

const motifOf = (task: string): Motif =>
  families.find(([, words]) => words.some((word) => task.includes(word)))?.[0] ?? 'rings'

/** A sequence of numbers from 0 to 1 that is the same for the same text. */
function numbersOf(text: string): () => number {
  let state = 7
  for (const letter of text) state = (state * 31 + (letter.codePointAt(0) ?? 0)) % 2147483647
  return () => {
    state = (state * 48271 + 11) % 2147483647
    return state / 2147483647
  }
}

const count: Record<Motif, number> = { frames: 5, lines: 7, waves: 34, bars: 11, rings: 5 }

function markOf(motif: Motif, place: number, next: () => number): Mark {
  const size = next()
  switch (motif) {
    case 'frames': {
      const width = 44 + size * 90
      return { x: next() * (330 - width), y: 14 + next() * 90, width, height: width * (0.5 + next() * 0.4) }
    }
    case 'lines':
      return { x: 34, y: 30 + place * 22, width: 90 + size * 180, height: 9 }
    case 'waves': {
      const height = 12 + size * 130
      return { x: 12 + place * 9.6, y: 100 - height / 2, width: 4.4, height }
    }
    case 'bars': {
      const height = 24 + size * 130
      return { x: 24 + place * 27, y: 180 - height, width: 17, height }
    }
    case 'rings': {
      const width = 30 + size * 120
      return { x: 20 + next() * 220, y: next() * 130 - 20, width, height: width }
    }
  }
}

/** The drawing for an algorithm. The same name and task always give the same one. Pure. */
export function coverArt({ task, name }: { task: string; name: string }): CoverArt {
  const next = numbersOf(`${name}\n${task}`)
  // The first number of similar names is similar.
  next()
  const hue = Math.floor(next() * 360)
  const motif = motifOf(task)
  const marks = Array.from({ length: count[motif] }, (_, place) => markOf(motif, place, next))
  const letter = /\p{L}|\p{N}/u.exec(name)?.[0].toUpperCase() ?? ''
  return { motif, hue, marks, letter }
}
