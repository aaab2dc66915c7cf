import { expect, test, vi } from 'vitest'
import { takeTexts } from './reading-memory.ts'

test('what is too large to be read at all says so, and not that one should try again soon', async () => {
  const take = vi.fn(async () => {})
  const refused = await takeTexts({ take }, 300 * 1024 ** 2).catch((error: unknown) => error)
  expect(refused).toMatchObject({
    code: 'quota.reading_too_large',
    status: 422,
    details: { bytes: 300 * 1024 ** 2, limit_bytes: 256 * 1024 ** 2 },
    message: expect.stringMatching(/300 MB.*256 MB/),
  })
  expect(refused).not.toHaveProperty('headers.retry-after')
  expect(take).not.toHaveBeenCalled()
  await takeTexts({ take }, 256 * 1024 ** 2)
  expect(take).toHaveBeenCalledOnce()
})
