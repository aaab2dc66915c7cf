import type { LogLevel } from '@vitrine/contract'

/** Time spans to choose from, in minutes. The span `own` has a custom start and end. */
export const spans = { m15: 15, h1: 60, h24: 24 * 60, d7: 7 * 24 * 60 }
/** How lines are limited by time. */
export type Span = 'all' | 'own' | keyof typeof spans

/** The filter that the reader has chosen. */
export type LogChoice = {
  q: string
  level: LogLevel | 'all'
  stream: 'all' | 'stdout' | 'stderr'
  replica: number | 'all'
  span: Span
  /** Local times in the form of a `datetime-local` field. Empty means no limit. Used only with `own`. */
  from: string
  to: string
}

/** A filter that leaves out nothing. */
export const wholeLog = (): LogChoice => ({
  q: '',
  level: 'all',
  stream: 'all',
  replica: 'all',
  span: 'all',
  from: '',
  to: '',
})

/** The replica that the address asks for. All if it names none. */
export const askedReplica = (word: unknown): LogChoice['replica'] =>
  typeof word === 'string' && /^[1-9]\d?$/.test(word) ? Number(word) : 'all'

const momentOf = (local: string): string | undefined => {
  const at = new Date(local)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** Whether a filter leaves anything out. */
export const isFiltered = (choice: LogChoice): boolean =>
  choice.q.trim() !== '' ||
  [choice.level, choice.stream, choice.replica, choice.span].some((one) => one !== 'all')

/** The filter as a query of the log routes. Values without a limit are left out. */
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
