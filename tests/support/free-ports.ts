import { createServer, type ListenOptions, type Server } from 'node:net'

/** Below Linux's ephemeral ports. */
const first = 20_000
const last = 29_900
/** Ports are given out by the block, so that tests that run at once have different ones. */
const blockSize = 50
const blocks = (last - first) / blockSize

/** Listens; null if somebody else does. */
function listen(where: ListenOptions): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen(where, () => resolve(server))
  })
}
const close = (server: Server) => new Promise((resolve) => server.close(resolve))

async function isFree(port: number): Promise<boolean> {
  const server = await listen({ host: '127.0.0.1', port, exclusive: true })
  if (server) await close(server)
  return server !== null
}

/** Claims a block until the claim is closed: an abstract socket (unix(7)) is released even by a kill. */
async function claim(block: number): Promise<Server | null> {
  const server = await listen({ path: `\0vitrine-test-ports-${block}` })
  return server?.unref() ?? null
}

/** The blocks that are this process's now. */
const claimed: Server[] = []

/** Claims `count` consecutive blocks from `block` on, of which all ports are free now; false if that is not possible. */
async function claimAll(block: number, count: number): Promise<boolean> {
  const numbers = Array.from({ length: count }, (_, index) => block + index)
  const claims = (await Promise.all(numbers.map(claim))).filter((server) => server !== null)
  const ports = Array.from({ length: count * blockSize }, (_, index) => first + block * blockSize + index)
  const isWhole = claims.length === count && (await Promise.all(ports.map(isFree))).every(Boolean)
  if (isWhole) claimed.push(...claims)
  else await Promise.all(claims.map(close))
  return isWhole
}

/** What is left of the blocks that this process claimed last. */
let rest = { next: 0, end: 0 }

/** Claims blocks, somewhere, that have `count` ports together. */
async function claimBlocks(count: number): Promise<void> {
  const needed = Math.ceil(count / blockSize)
  for (;;) {
    const block = Math.floor(Math.random() * (blocks - needed + 1))
    if (!(await claimAll(block, needed))) continue
    const next = first + block * blockSize
    rest = { next, end: next + needed * blockSize }
    return
  }
}
let claiming: Promise<void> | null = null

/**
 * Returns the first of `count` consecutive ports that are all free now, and that no other test is given until the file
 * that asked has ended.
 */
export async function freePorts(count: number): Promise<number> {
  while (rest.end - rest.next < count) {
    // Whoever asks meanwhile waits for the same blocks.
    claiming ??= claimBlocks(count).finally(() => (claiming = null))
    await claiming
  }
  const start = rest.next
  rest.next += count
  return start
}

/** A range of ports as {@link freePorts} gives them. Both ends are included. */
export async function freeRange(count: number): Promise<{ first: number; last: number }> {
  const start = await freePorts(count)
  return { first: start, last: start + count - 1 }
}

/** Gives back all ports that this process was given. */
export async function giveBackPorts(): Promise<void> {
  rest = { next: 0, end: 0 }
  await Promise.all(claimed.splice(0).map(close))
}
