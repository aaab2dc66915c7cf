import { expect, test } from 'vitest'
import { sayingOf } from './docker-images.ts'

test.each([
  [
    'Step 3/9 : RUN ["/bin/sh","-c","make"]',
    { step: { number: 3, of: 9, text: 'RUN ["/bin/sh","-c","make"]' } },
  ],
  [' ---> Using cache', { cached: true }],
  ['Collecting flask', { line: 'Collecting flask' }],
  [' ---> 0123456789ab', null],
  [' ---> Running in 0123456789ab', null],
  [' ---> Removed intermediate container 0123456789ab', null],
  ['Successfully built 0123456789ab', null],
  ['Successfully tagged a/b:1', null],
  ['', null],
])('of the line %j the builder says %j', (line, saying) => {
  expect(sayingOf(line)).toEqual(saying)
})
