// @vitest-environment happy-dom
import { afterEach, expect, test } from 'vitest'
import { createApp, defineComponent, h, nextTick, ref, type App } from 'vue'
import { provideReadiness, useReadiness, type NotReady } from './readiness.ts'

let app: App | undefined
afterEach(() => app?.unmount())

test('a field keeps its form from being run as long as it is there', async () => {
  const uploading = ref(true)
  const algorithm = ref('cats')
  const Upload = defineComponent(() => {
    const own = algorithm.value
    useReadiness(() => (own === 'cats' && uploading.value ? 'media' : null))
    return () => null
  })
  let notReady: () => NotReady | null = () => null
  app = createApp(
    defineComponent(() => {
      const found = provideReadiness()
      notReady = () => found.value
      return () => h(Upload, { key: algorithm.value })
    }),
  )
  app.mount(document.createElement('div'))
  expect(notReady()).toBe('media')
  uploading.value = false
  expect(notReady()).toBe(null)
  uploading.value = true
  algorithm.value = 'faces'
  await nextTick()
  expect(notReady()).toBe(null)
})

test('a part of a form knows what is wrong in it, and the form knows it too', () => {
  const found: Record<string, NotReady | null> = {}
  const Field = defineComponent(() => {
    useReadiness(() => 'parameters')
    return () => null
  })
  const Part = defineComponent(() => {
    const own = provideReadiness()
    useReadiness(() => own.value)
    return () => [h(Field), (found.part = own.value)]
  })
  app = createApp(
    defineComponent(() => {
      const whole = provideReadiness()
      return () => [h(Part), (found.form = whole.value)]
    }),
  )
  app.mount(document.createElement('div'))
  return expect.poll(() => found).toEqual({ part: 'parameters', form: 'parameters' })
})

test('a field outside of a form that is run says it to nobody', () => {
  const Field = defineComponent(() => {
    useReadiness(() => 'json')
    return () => 'alone'
  })
  const root = document.createElement('div')
  app = createApp(Field)
  app.mount(root)
  expect(root.textContent).toBe('alone')
})
