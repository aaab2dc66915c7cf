import { expect, test } from 'vitest'
import { closedFront, gatewayWords } from './gateway-words.ts'

const problem = { host: '127.0.0.1', port: 8001, cause: 'held', holder: null } as const
const gateway = { frontProblem: () => problem, isLeftOut: () => false }

test('a front port that another program has is told until the service has another port', () => {
  const before = { id: 'a', frontPort: 8001 }
  expect(closedFront(gateway, before)).toEqual(problem)
  expect(gatewayWords(gateway, before)?.zh).toContain('独立端口 8001')
  // The gateway opens the new port a moment later.
  const after = { id: 'a', frontPort: 8002 }
  expect([closedFront(gateway, after), gatewayWords(gateway, after)]).toEqual([null, null])
})
