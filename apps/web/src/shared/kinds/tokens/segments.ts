import type { ResultData } from '@vitrine/contract/results'

type Token = ResultData<'tokens'>[number]
/** A piece of the text, marked or not. */
export type Segment = { text: string; token: Token | null }

/**
 * Divides the text at the tokens. Offsets count code points (Python) or UTF-16 units (JavaScript): the
 * variant that matches the tokens' own texts is used. Tokens that match in neither variant or overlap an
 * earlier one are not marked. Null if no token matches; the caller then shows a list.
 */
export const tokenSegments = (text: string, tokens: readonly Token[]): Segment[] | null => {
  const points = Array.from(text)
  const cuts: ((start: number, end: number) => string)[] = [
    (start, end) => points.slice(start, end).join(''),
    (start, end) => text.slice(start, end),
  ]
  const fits = (cut: (start: number, end: number) => string) =>
    tokens.filter((token) => cut(token.start, token.end) === token.text).length
  const cut = cuts.reduce((best, other) => (fits(other) > fits(best) ? other : best))
  if (tokens.length > 0 && fits(cut) === 0) return null
  const segments: Segment[] = []
  let place = 0
  for (const token of [...tokens].sort((a, b) => a.start - b.start)) {
    if (token.start < place || cut(token.start, token.end) !== token.text) continue
    if (token.start > place) segments.push({ text: cut(place, token.start), token: null })
    segments.push({ text: token.text, token })
    place = token.end
  }
  const rest = cut(place, Number.POSITIVE_INFINITY)
  return rest === '' ? segments : [...segments, { text: rest, token: null }]
}
