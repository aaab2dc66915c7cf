import httpProxy from '@fastify/http-proxy'
import fastify from 'fastify'

/** What the gateway is measured beside: @fastify/http-proxy as its documentation sets it up. Arguments: port, upstream. */
const [port, upstream] = process.argv.slice(2)
const app = fastify()
await app.register(httpProxy, { upstream: upstream ?? '', prefix: '/ai/bench' })
await app.listen({ host: '127.0.0.1', port: Number(port) })
