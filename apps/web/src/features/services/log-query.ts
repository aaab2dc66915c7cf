import type { LogLevel } from '@vitrine/contract'

/** Spans of time that one may choose, minutes; `own` is a beginning and an end of one's own. */
export const spans = { m15: 15, h1: 60, h24: 24 * 60, d7: 7 * 24 * 60 }
/** How the time of lines is narrowed. */
export type Span = 'all' | 'own' | keyof typeof spans

/** What the reader has chosen. */
export type LogChoice = {
  q: string
  level: LogLevel | 'all'
  stream: 'all' | 'stdout' | 'stderr'
  replica: number | 'all'
  span: Span
  /** Local times as a field of type `datetime-local` gives them; empty: open. Only with `own`. */
  from: string
  to: string
}

/** Everything. */
export const wholeLog = (): LogChoice => ({
  q: '',
  level: 'all',
  stream: 'all',
  replica: 'all',
  span: 'all',
  from: '',
  to: '',
})

/** The instance that an address asks for; all where it names none. */
export const askedReplica = (word: unknown): LogChoice['replica'] =>
  typeof word === 'string' && /^[1-9]\d?$/.test(word) ? Number(word) : 'all'

const momentOf = (local: string): string | undefined => {
  const at = new Date(local)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** Whether a choice leaves anything out. */
export const narrows = (choice: LogChoice): boolean =>
  choice.q.trim() !== '' ||
  [choice.level, choice.stream, choice.replica, choice.span].some((one) => one !== 'all')

/** A choice as the query of the routes of logs; what is open is absent. */
export const logQuery = (choice: LogChoice, now: Date) => {
  const { span } = choice
  const since =
    span === 'all' || span === 'own'
      ? undefined
      : new Date(now.getTime() - spans[span] * 60_000).toISOString()
  return {
    ...(choice.q.trim() !== '' && { q: choice.q.trim() }),
    ...(choice.level !== 'all' && { level: choice.level }),
    ...(choice.stream !== 'all' && { stream: choice.stream }),
    ...(choice.replica !== 'all' && { replica: choice.replica }),
    from: span === 'own' ? momentOf(choice.from) : since,
    to: span === 'own' ? momentOf(choice.to) : undefined,
  }
}
