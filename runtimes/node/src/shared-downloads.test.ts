import { expect, it } from 'vitest'
import { SharedDownloads } from './shared-downloads.ts'

type Begun = { id: string; signal: AbortSignal; finish(value: string): void }

function downloads(): { begun: Begun[]; shared: SharedDownloads<string> } {
  const begun: Begun[] = []
  const shared = new SharedDownloads(
    (id, signal) =>
      new Promise<string>((resolve, reject) => {
        begun.push({ id, signal, finish: resolve })
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  )
  return { begun, shared }
}

it('is one download for all who want it at the same time, and another one later', async () => {
  const { begun, shared } = downloads()
  const { signal } = new AbortController()
  const both = [shared.get('a', signal), shared.get('a', signal)]
  expect(begun).toHaveLength(1)
  begun[0]?.finish('content')
  expect(await Promise.all(both)).toEqual(['content', 'content'])
  const later = shared.get('a', signal)
  expect(begun).toHaveLength(2)
  begun[1]?.finish('again')
  expect(await later).toBe('again')
})

it('goes on while somebody wants it, and ends when nobody does', async () => {
  const { begun, shared } = downloads()
  const [first, second] = [new AbortController(), new AbortController()]
  const [one, other] = [shared.get('a', first.signal), shared.get('a', second.signal)]
  first.abort(new Error('first has left'))
  await expect(one).rejects.toThrow('first has left')
  expect(begun[0]?.signal.aborted).toBe(false)
  second.abort(new Error('second has left'))
  await expect(other).rejects.toThrow('second has left')
  expect(begun[0]?.signal.aborted).toBe(true)
})

it('does not give a new caller a download that has ended early', async () => {
  const { begun, shared } = downloads()
  const leaves = new AbortController()
  const left = shared.get('a', leaves.signal)
  leaves.abort(new Error('has left'))
  await expect(left).rejects.toThrow('has left')
  const next = shared.get('a', new AbortController().signal)
  begun[1]?.finish('content')
  expect(await next).toBe('content')
})

it('ends for somebody who had left before it began', async () => {
  const { begun, shared } = downloads()
  // A rejection that nobody takes would fail this test, as it would end an instance.
  await expect(shared.get('a', AbortSignal.abort(new Error('has left')))).rejects.toThrow('has left')
  expect(begun[0]?.signal.aborted).toBe(true)
})
