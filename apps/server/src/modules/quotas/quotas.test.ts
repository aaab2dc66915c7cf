import { expect, test } from 'vitest'
import { z } from 'zod'
import { quotasSet } from './quotas.ts'
import { quotaSettings } from './quotas.settings.ts'

const setTo = (settings: Record<string, string>) =>
  quotasSet(z.object(quotaSettings).parse(settings)).filter(({ isDefault }) => !isDefault)

test('without settings, every quota is at its default and none as high as it goes', () => {
  expect(setTo({})).toEqual([])
  expect(quotasSet(z.object(quotaSettings).parse({})).some(({ isAtMost }) => isAtMost)).toBe(false)
})

test('a quota that is set is named with its value, and whether it is as high as it goes', () => {
  expect(setTo({ VITRINE_QUOTA_RUNS: '50', VITRINE_QUOTA_STREAMS: '10000' })).toEqual([
    { setting: 'VITRINE_QUOTA_RUNS', value: 50, isDefault: false, isAtMost: false },
    { setting: 'VITRINE_QUOTA_STREAMS', value: 10_000, isDefault: false, isAtMost: true },
  ])
})
