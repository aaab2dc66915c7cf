import { expect, test } from 'vitest'
import { emptyGatewayTable } from './gateway.ts'
import { routeTo } from './gateway.test-setup.ts'
import { readServableTable, withoutLeftOut } from './servable-routes.ts'

const front = (host: string, port = 8001) => ({ front: { host, port } })
const read = (routes: unknown[]) => {
  const { table, leftOut } = readServableTable({
    ...emptyGatewayTable,
    public: { host: '127.0.0.1', port: 8000 },
    routes,
  })
  return { served: table.routes, leftOut: leftOut.map(({ service_id, part }) => `${service_id} ${part}`) }
}

test.each(['127.0.0.1', '::1', '0.0.0.0', 'localhost', 'gpu-1.example.org'])(
  'a front port on %s is served',
  (host) => {
    const routes = [routeTo('a', front(host))]
    expect(read(routes)).toEqual({ served: routes, leftOut: [] })
  },
)

test.each([
  '::1%lo',
  'fe80::1%25eth0',
  '999.1.1.1',
  '',
  'a b',
  '127.0.0.1:80; } server { listen 127.0.0.1',
  '$x',
])(
  'a front port on %j is not opened; its service is served by its path, and the others are as they were',
  (host) => {
    expect(read([routeTo('a', front(host)), routeTo('b', front('127.0.0.1', 8002))])).toEqual({
      served: [routeTo('a'), routeTo('b', front('127.0.0.1', 8002))],
      leftOut: ['a front'],
    })
  },
)

test('a route that is not well-formed is left out', () => {
  expect(read([{ service_id: 'a' }, routeTo('b'), { ...routeTo('c'), body_bytes: 1e21 }, null])).toEqual({
    served: [routeTo('b')],
    leftOut: ['a route', 'c route', ' route'],
  })
})

test('of two routes with one path, or one address, the first is served', () => {
  const { served, leftOut } = read([
    routeTo('a', front('::1')),
    routeTo('b', { path: '/ai/a/' }),
    routeTo('c', front('::1')),
    routeTo('d', front('127.0.0.1', 8000)),
  ])
  expect(served).toEqual([routeTo('a', front('::1')), routeTo('c'), routeTo('d')])
  expect(leftOut).toEqual(['b route', 'c front', 'd front'])
})

test('a table that is not well-formed itself is refused', () => {
  expect(() => readServableTable({ ...emptyGatewayTable, public: null })).toThrow('public')
})

test('routes that were left out can be removed from a table', () => {
  const routes = [routeTo('a', front('127.0.0.1')), routeTo('b'), routeTo('c', front('127.0.0.1', 8002))]
  const leftOut = [
    { service_id: 'a', part: 'front' as const },
    { service_id: 'b', part: 'route' as const },
  ]
  expect(withoutLeftOut({ routes }, leftOut).routes).toEqual([
    routeTo('a'),
    routeTo('c', front('127.0.0.1', 8002)),
  ])
})
