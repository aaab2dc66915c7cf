import { expect, test } from 'vitest'
import { placeholderWords, type Placeholder } from './placeholder-words.ts'

const empty: Placeholder = {
  kind: { type: 'json', hint: '', orText: false },
  given: false,
  hasExamples: false,
  forbidden: false,
  run: null,
  waiting: false,
  cancelled: false,
  unreadable: false,
}

test.each<[Partial<Placeholder>, string]>([
  [{}, 'stage.next.own_value'],
  [{ hasExamples: true }, 'stage.next.example_or_value'],
  [{ given: true }, 'stage.next.press_run'],
  [{ given: true, forbidden: true }, 'stage.may_not_run'],
  [{ hasExamples: true, forbidden: true }, 'stage.may_not_run'],
  [{ given: true, forbidden: true, run: 'running' }, 'stage.on_its_way'],
  [{ given: true, run: 'queued' }, 'stage.waits_its_turn'],
  [{ given: true, run: 'running' }, 'stage.on_its_way'],
  [{ given: true, cancelled: true }, 'stage.was_cancelled'],
  [{ given: true, unreadable: true }, 'stage.no_preview'],
  [{ waiting: true, given: true }, 'stage.loading'],
])('in place of a result, %o says %s', (state, words) => {
  expect(placeholderWords({ ...empty, ...state })).toBe(words)
})
