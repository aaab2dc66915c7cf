import { expect, test } from 'vitest'
import { withoutProbes } from './log-lines.ts'

const own = [
  'starting, loading model',
  '127.0.0.1 - - "POST /predict HTTP/1.1" 200 -',
  'code 503, message busy',
]

test.each([
  '127.0.0.1 - - [30/Nov/2026 19:33:32] "GET /health HTTP/1.1" 503 -',
  'INFO:     127.0.0.1:0 - "GET /health HTTP/1.1" 503 Service Unavailable',
  '[GIN] 2026/11/30 - 19:33:32 | 503 | 21.1µs | 127.0.0.1 | GET      "/health"',
  'GET /health 503 1.234 ms - 10',
  '::1 GET /health?',
])('the line of a probe is left out where there are others: %s', (line) => {
  expect(withoutProbes([line, ...own, line], '/health')).toEqual(own)
  expect(withoutProbes([line, line], '/health')).toEqual([line, line])
})

test('only the path where the health is read counts, or each usual one while it is not known', () => {
  const lines = [
    '"GET /healthz HTTP/1.1" 404',
    '"GET /health/live HTTP/1.1" 200',
    '"GET / HTTP/1.1" 503',
    'own',
  ]
  expect(withoutProbes(lines, '/health')).toEqual(lines)
  expect(withoutProbes(lines, '/healthz')).toEqual(lines.slice(1))
  expect(withoutProbes(lines, 'answers')).toEqual([lines[0], lines[1], 'own'])
  expect(withoutProbes(lines, null)).toEqual([lines[1], 'own'])
  expect(withoutProbes(['GET /a.b 1', 'GET /aXb 1'], '/a.b')).toEqual(['GET /aXb 1'])
})
