import { expect, test } from 'vitest'
import { blankPresentation, withWanted } from './presentation-state.ts'

test('a link into the editor makes a run the cover, or an example once', () => {
  const cover = withWanted(blankPresentation(), { cover: 'a', example: null })
  expect([cover.cover, cover.examples]).toEqual([{ from: 'run', run_id: 'a' }, []])
  const once = withWanted(cover, { cover: null, example: 'b' })
  const twice = withWanted(once, { cover: null, example: 'b' })
  expect([twice.cover, twice.examples]).toEqual([cover.cover, [{ name: {}, run_id: 'b' }]])
})
