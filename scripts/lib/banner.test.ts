import { expect, test } from 'vitest'
import { tellerOf } from './banner.mjs'
import { stepsOn } from './steps.mjs'

/** What a start says when everything answers. */
function said(name: string | null, standsBy = false): string {
  let text = ''
  const steps = stepsOn({ write: (more: string) => void (text += more) })
  const ready = { type: 'ready', url: 'http://x', name, setupUrl: null, administratorMade: false } as const
  const tell = tellerOf(steps, Date.now(), standsBy)
  if (standsBy) tell.waiting({ type: 'waiting', zh: '待命', en: 'stands by' })
  tell.ready({ ...ready, notes: [] }, true)
  tell.ready({ ...ready, notes: [] }, false)
  return text
}

test('the platform is called by the name that administrators gave it, if there is one', () => {
  expect(said('Vision team')).toMatch(/^Vision team · (Ready in|已就绪（)/m)
  expect(said(null)).toMatch(/^(Ready in|已就绪（)/m)
})

test('one that stood by says that it has taken over, and neither how long it waited nor that Ctrl-C stops everything', () => {
  const text = said(null, true)
  expect(text).toMatch(/^(Has taken over|已接管).*http:\/\/x$/m)
  expect(text).toMatch(/(if there is no other npm start|没有其他 npm start 时)/)
  expect(text).toMatch(/(The control plane is back|控制面已恢复)/)
  expect(text).not.toMatch(/Ready in|已就绪|Ctrl-C stops everything|按 Ctrl-C 停止全部服务/)
})
