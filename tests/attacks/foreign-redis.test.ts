import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCache } from '../../apps/server/src/adapters/cache/bento.driver.ts'
import type { Cache } from '../../apps/server/src/adapters/cache/cache.ts'
import { systemClock } from '../../apps/server/src/lib/clock.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { createAccountCache } from '../../apps/server/src/modules/auth/credentials/account-cache.ts'
import type { Account } from '../../apps/server/src/modules/users/users.repository.ts'
import { freePorts } from '../support/free-ports.ts'
import { patienceMs } from '../support/patience.ts'

/**
 * A Redis of the machine has no password, as it is installed, and listens for the machine alone. An algorithm with the network of the
 * machine can write to it all that the platform can.
 */

const env = { PATH: process.env.PATH ?? '' }
const redisServer = (args: string[], signal?: AbortSignal) =>
  runCommand({ file: 'redis-server', args, cwd: tmpdir(), env }, { signal })
const installed = (await redisServer(['--version'])).startError === null

/** What a program says to a Redis by itself. Resolves with the lines of the answer. */
const ask = (port: number, ...words: string[]): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.on('data', (chunk) => void (said += String(chunk)))
    socket.on('error', reject)
    socket.on('close', () => resolve(said.split('\r\n')))
    const asked = [words, ['QUIT']].map((each) =>
      [`*${each.length}`, ...each.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join('\r\n'),
    )
    socket.write(asked.join(''))
  })
/** The texts in an answer. */
const textsIn = (lines: readonly string[]) => lines.filter((_line, at) => lines[at - 1]?.startsWith('$'))

const attacker: Account = {
  id: '22222222-2222-4222-8222-222222222222',
  username: 'attacker',
  role: 'user',
  disabled: false,
  custom: null,
  tokenGeneration: 1,
}

describe.skipIf(!installed)('who writes to the Redis of the platform', () => {
  const stop = new AbortController()
  let folder: string
  let server: Promise<unknown>
  let port: number
  let caches: Cache[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-attack-redis-'))
    port = await freePorts(1)
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
    server = redisServer(settings, stop.signal)
    const answers = () =>
      ask(port, 'PING').then(
        ([first]) => first === '+PONG',
        () => false,
      )
    expect(await waitFor(answers, { timeoutMs: patienceMs })).toBe(true)
    const open = () => openCache({ redisUrl: `redis://127.0.0.1:${port}`, onError: () => undefined })
    caches = [await open(), await open()]
    expect(caches.map((cache) => cache.redis())).toEqual(['connected', 'connected'])
  })
  afterAll(async () => {
    await Promise.all(caches.map((cache) => cache.close()))
    stop.abort()
    await server
    await rm(folder, { recursive: true, force: true })
  })

  const accountCaches = () =>
    caches.map((cache) =>
      createAccountCache({
        cache,
        users: { account: async () => attacker },
        sessions: { find: async () => null },
        clock: systemClock,
      }),
    )

  test('becomes no administrator, and gets no session', async () => {
    const [one, other] = accountCaches()
    expect((await one?.account(attacker.id))?.role).toBe('user')
    expect(await one?.sessionIsOf('a-session', attacker.id)).toBe(false)
    for (const key of textsIn(await ask(port, 'KEYS', '*'))) {
      const [stored = ''] = textsIn(await ask(port, 'GET', key))
      const forged = stored
        .replace('"role":"user"', '"role":"admin"')
        .replace('"value":null', `"value":"${attacker.id}"`)
      await ask(port, 'SET', key, forged)
    }
    expect((await other?.account(attacker.id))?.role).toBe('user')
    expect(await other?.sessionIsOf('a-session', attacker.id)).toBe(false)
  })

  test('finds there neither accounts nor sessions', async () => {
    const [one] = accountCaches()
    await one?.account(attacker.id)
    expect(textsIn(await ask(port, 'KEYS', '*'))).toEqual([])
  })
})
