import { expect, test } from 'vitest'
import { sayReady } from './banner.mjs'
import { stepsOn } from './steps.mjs'

/** What a start says when everything answers. */
function said(name: string | null): string {
  let text = ''
  const steps = stepsOn({ write: (more: string) => void (text += more) })
  const ready = { type: 'ready', url: 'http://x', name, setupUrl: null, administratorMade: false } as const
  sayReady(steps, { ...ready, notes: [] }, Date.now())
  return text
}

test('the platform is called by the name that administrators gave it, if there is one', () => {
  expect(said('Vision team')).toMatch(/^Vision team · (Ready in|已就绪（)/m)
  expect(said(null)).toMatch(/^(Ready in|已就绪（)/m)
})
