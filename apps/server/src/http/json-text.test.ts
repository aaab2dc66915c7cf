import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { JsonText, sendJsonText } from './json-text.ts'

test.each([
  ['is sent', false],
  ['is let go, and its connection ends, if its memory was reclaimed before', true],
])('a long text %s', async (_what, isReclaimed) => {
  const app = Fastify()
  app.decorate('stalledMs', 60_000)
  const text = JSON.stringify('x'.repeat(1024 ** 2))
  const signal = isReclaimed ? AbortSignal.abort() : undefined
  app.get('/', { config: { access: 'public' } }, async (_request, reply) =>
    sendJsonText(reply, new JsonText([text], signal)),
  )
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const length = fetch(origin).then(async (answer) => (await answer.text()).length)
  if (isReclaimed) await expect(length).rejects.toThrow()
  else expect(await length).toBe(text.length)
  await app.close()
})
