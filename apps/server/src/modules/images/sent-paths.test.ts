import { expect, test } from 'vitest'
import { sentPaths } from './sent-paths.ts'

const unaborted = new AbortController().signal

test('what a .dockerignore names is not sent', async () => {
  const paths = ['Dockerfile', 'kept.txt', 'secret/key', 'a.log']
  const patterns = '# for the builder\n*\n!kept.txt\n!*.log\n'
  expect([...(await sentPaths({ patterns, paths }, unaborted))]).toEqual(['kept.txt', 'a.log'])
  expect([...(await sentPaths({ patterns: '\n', paths }, unaborted))]).toEqual(paths)
})

test.each(['(a+)+b', '**/a/'.repeat(15), '*a'.repeat(20)])(
  'patterns that would hold the platform end the deploy instead: %s',
  async (pattern) => {
    const paths = ['a'.repeat(200), 'a/'.repeat(60) + 'c']
    await expect(sentPaths({ patterns: `${pattern}b\n`, paths }, unaborted, 200)).rejects.toMatchObject({
      code: 'deploy.image_failed',
      details: { step: '.dockerignore', may_pass: false },
    })
  },
)

test('nobody waits for the patterns of a deploy that is cancelled', async () => {
  const cancelled = AbortSignal.abort(new Error('cancelled'))
  await expect(sentPaths({ patterns: '*', paths: ['a'] }, cancelled)).rejects.toThrow('cancelled')
})
