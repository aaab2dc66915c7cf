import { expect, test } from 'vitest'
import { shareTarget } from './share-view.ts'
import { sharedStage } from './share.fixture.ts'

test('a link leads back to the page of what it shows', () => {
  expect(shareTarget(sharedStage)).toEqual({ name: 'stage', params: { id: 'one' } })
  const run = { ...sharedStage, kind: 'run', target_id: 'r' } as const
  expect(shareTarget(run)).toEqual({ name: 'stage', params: { id: 'one' }, query: { run: 'r' } })
  expect(shareTarget({ ...run, service_id: null })).toBeNull()
  const comparison = { ...run, kind: 'comparison', service_id: null } as const
  expect(shareTarget(comparison)).toEqual({ name: 'comparison', params: { id: 'r' } })
})
