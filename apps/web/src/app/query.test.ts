// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { openEvents } from '../api/events.ts'
import { refetchInNewLanguage } from './query.ts'

test('after a switch of the language, texts of events come in the new one, too', () => {
  const opened: string[] = []
  class Source extends EventTarget {
    constructor(url: string) {
      super()
      opened.push(url)
    }
    close() {}
  }
  vi.stubGlobal('EventSource', Source)
  document.documentElement.lang = 'zh-CN'
  const { close } = openEvents('/tasks/a/events', {})
  document.documentElement.lang = 'en'
  refetchInNewLanguage()
  close()
  vi.unstubAllGlobals()
  document.documentElement.lang = ''
  expect(opened).toEqual(['/api/v1/tasks/a/events?lang=zh', '/api/v1/tasks/a/events?lang=en'])
})
