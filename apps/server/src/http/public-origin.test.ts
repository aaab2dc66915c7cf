import { expect, test } from 'vitest'
import { createTestApp } from '../../../../tests/support/test-app.ts'

/** Asks an application with this public URL for the address for links. */
async function askWith(publicUrl: string | null, headers: Record<string, string>) {
  const app = await createTestApp({}, publicUrl)
  app.get('/origin', { config: { access: 'public' } }, (request, reply) => reply.send(request.publicOrigin))
  const { payload, headers: answered } = await app.inject({ url: '/origin', headers })
  await app.close()
  return { origin: payload, hsts: answered['strict-transport-security'] }
}

const overTls = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'asked.example' }

test('links begin with the public URL, whatever address was asked', async () => {
  expect(await askWith('https://vitrine.example', overTls)).toMatchObject({
    origin: 'https://vitrine.example',
  })
  expect(await askWith('http://vitrine.example:8000', {})).toMatchObject({
    origin: 'http://vitrine.example:8000',
  })
})

test('without a public URL, links begin with the address that was asked', async () => {
  expect(await askWith(null, overTls)).toMatchObject({ origin: 'https://asked.example' })
  expect(await askWith(null, { host: '10.0.0.5:8000' })).toMatchObject({ origin: 'http://10.0.0.5:8000' })
})

test('browsers are told to stay with TLS only over TLS, and only if the public URL is one with TLS', async () => {
  expect((await askWith('https://vitrine.example', overTls)).hsts).toBe('max-age=31536000')
  expect((await askWith('https://vitrine.example', {})).hsts).toBeUndefined()
  expect((await askWith('http://vitrine.example', overTls)).hsts).toBeUndefined()
  expect((await askWith(null, overTls)).hsts).toBeUndefined()
})
