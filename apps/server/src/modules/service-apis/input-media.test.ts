import { expect, test } from 'vitest'
import { readMediaFrom } from './input-media.ts'

const nobody = () => Promise.reject(new Error('the store is not asked'))
const read = readMediaFrom({ assets: { get: nobody }, objects: { read: nobody } })
const reading = { signal: new AbortController().signal, take: async () => undefined }
const png = Buffer.from('89504e470d0a1a0a', 'hex').toString('base64')

test.each([
  ['the type that is stated', { data: 'AAAA', mime: 'audio/mpeg' }, ['audio/mpeg', 'input.mp3']],
  ['its content, if no type is stated', { data: png }, ['image/png', 'input.png']],
  ['nothing, if neither says more', { data: 'AAAA' }, ['application/octet-stream', 'input']],
])('a file in a request gets the ending of %s', async (_name, element, expected) => {
  const { mime, name } = await read(element, reading)
  expect([mime, name]).toEqual(expected)
})
