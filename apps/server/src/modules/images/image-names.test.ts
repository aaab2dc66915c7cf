import { longest } from '@vitrine/contract/limits'
import { expect, test } from 'vitest'
import { tagOf } from './image-names.ts'

/** What a registry takes as the name of an image. */
const reference =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*:[\w.-]{1,128}$/

test('the image of a service is named after it, and no two services share a name', () => {
  const names = ['demo', 'demo-', 'demo--', 'a'.repeat(longest.slug), `${'a'.repeat(62)}-`].map((serviceId) =>
    tagOf('0123456789ab', { serviceId, release: 3 }),
  )
  expect(names[0]).toBe('vitrine-0123456789ab/demo:3')
  for (const name of names) expect(name).toMatch(reference)
  expect(new Set(names).size).toBe(names.length)
})
