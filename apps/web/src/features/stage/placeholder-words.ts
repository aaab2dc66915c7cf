import type { InputKind } from './input-kind.ts'

/** What the placeholder of a result stands for. */
export type Placeholder = {
  kind: InputKind
  /** An input is there, so that one can run. */
  given: boolean
  hasExamples: boolean
  /** This person has no permission to run algorithms. */
  forbidden: boolean
  /** What the run does that the person waits for. Null without one. */
  run: 'queued' | 'running' | null
  /** A recorded result is being loaded. */
  waiting: boolean
  cancelled: boolean
  unreadable: boolean
}

/** The key of the sentence in place of a result: what is under way, or what to do next. Pure. */
export const placeholderWords = (of: Placeholder) => {
  if (of.waiting) return 'stage.loading'
  if (of.cancelled) return 'stage.was_cancelled'
  if (of.run !== null) return of.run === 'queued' ? 'stage.waits_its_turn' : 'stage.on_its_way'
  if (of.unreadable) return 'stage.no_preview'
  if (of.forbidden) return 'stage.may_not_run'
  if (of.given) return 'stage.next.press_run'
  const input = of.kind.type === 'media' ? 'file' : 'value'
  return of.hasExamples ? (`stage.next.example_or_${input}` as const) : (`stage.next.own_${input}` as const)
}
