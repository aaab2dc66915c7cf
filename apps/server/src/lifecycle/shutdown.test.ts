import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createShutdown } from './shutdown.ts'

/** A shutdown, and what it has logged as `message: part`. */
function openShutdown(slowMs?: number) {
  const lines = new PassThrough()
  const said: string[] = []
  lines.on('data', (line: Buffer) => {
    const { msg, part } = JSON.parse(line.toString())
    said.push(`${msg}: ${part}`)
  })
  return { shutdown: createShutdown(pino(lines), slowMs), said, lines }
}

test('parts end in the reverse order of their start, and one that fails does not stop the others', async () => {
  const { shutdown, said } = openShutdown()
  const ended: string[] = []
  shutdown.add('first', () => void ended.push('first'))
  shutdown.add('broken', () => Promise.reject(new Error('no')))
  shutdown.add('last', () => void ended.push('last'))
  await shutdown.run({ everything: false })
  expect(ended).toEqual(['last', 'first'])
  expect(said).toEqual(['ending a part failed: broken'])
})

test('a part that takes long is named while it goes on', async () => {
  const { shutdown, said, lines } = openShutdown(1)
  shutdown.add('slow', () => once(lines, 'data').then(() => undefined))
  shutdown.add('quick', () => undefined)
  await shutdown.run({ everything: true })
  expect(said).toEqual(['ending a part takes long: slow'])
})
