import { expect, test } from 'vitest'
import { opensOnlyHere } from './only-here.ts'

test.each([
  ['http://127.0.0.1:8000/s/abc', true],
  ['http://localhost/s/abc', true],
  ['http://demo.localhost:8000/s/abc', true],
  ['http://[::1]:8000/s/abc', true],
  ['https://vitrine.example/s/abc', false],
  ['http://192.168.1.20:8000/s/abc', false],
  ['http://127.0.0.1.example/s/abc', false],
])('a link to %s opens only on the platform’s machine: %s', (url, onlyHere) => {
  expect(opensOnlyHere(url)).toBe(onlyHere)
})
