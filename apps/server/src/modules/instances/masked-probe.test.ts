import { expect, test } from 'vitest'
import { maskedProbe } from './masked-probe.ts'
import { notWell, type ProbeTarget } from './probe.ts'
import type { HealthFinding } from './reason.ts'

const target: ProbeTarget = {
  endpoint: { host: '127.0.0.1', port: 18_001 },
  path: '/health',
  serviceId: 'demo',
}
const masks = { of: () => Promise.resolve((text: string) => text.replaceAll('s3cret', '***')) }
const path = '/health'

test.each<[HealthFinding, object]>([
  [{ code: 'answers', path, status: 503, isPage: false, said: 'no s3cret' }, { said: 'no ***' }],
  [
    { code: 'states', path, status: 503, health: 'SETUP_FAILED', detail: 'bad s3cret' },
    { detail: 'bad ***' },
  ],
])('secrets in what an instance says about itself are masked: %j', async (finding, masked) => {
  const result = await maskedProbe(() => Promise.resolve(notWell('UNHEALTHY', finding)), masks)(target)
  expect(result).toMatchObject({ reason: masked, found: masked })
  expect(JSON.stringify(result)).not.toContain('s3cret')
})
