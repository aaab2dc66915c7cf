import { expect, test } from 'vitest'
import { runWith } from '../compare/run.fixture.ts'
import { withViewers } from './run-queries.ts'

test('the data of a stored run has its keys in the order of the algorithm, and all else is as it was', async () => {
  const text = { kind: 'text', data: 'as it was' }
  const stored = { kind: 'json', data: [{ day: 1, zone: '华东' }], key_orders: [['zone', 'day']] }
  const { result } = await withViewers(runWith({ outputs: [text, stored] }))
  const outputs = result?.predictions[0]?.outputs
  expect(JSON.stringify(outputs?.[1])).toBe('{"kind":"json","data":[{"zone":"华东","day":1}]}')
  expect(outputs?.[0]).toEqual(text)
  const plain = runWith({ outputs: [text] })
  expect(await withViewers(plain)).toBe(plain)
})
