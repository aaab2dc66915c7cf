import { createServer } from 'node:net'

const first = 20_000
const last = 29_900

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Returns the first of `count` consecutive ports, below Linux's ephemeral ones, that are all free now. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const start = first + Math.floor(Math.random() * (last - first - count))
    const ports = Array.from({ length: count }, (_, index) => start + index)
    const free = await Promise.all(ports.map(isFree))
    if (free.every(Boolean)) return start
  }
}
