import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { predictResponse } from '@vitrine/contract'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../../tests/support/test-database.ts'
import { createFolderStore } from '../../../adapters/object-store/folder-store.ts'
import type { OpenDatabase } from '../../../adapters/database/database.ts'
import { keyedQueue } from '../../../lib/keyed-queue.ts'
import { instanceFilesPath } from '../file-names.ts'
import { createRunFilesRepository } from './files.repository.ts'
import { keepFilesBy } from './keep-files.ts'

let folder: string
let database: OpenDatabase
let instance: Server
let asked: number
let answer: 'nothing' | 404
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-keep-'))
  database = await createTestDatabase()
  asked = 0
  instance = createServer((_req, res) => {
    asked += 1
    if (answer !== 'nothing') res.writeHead(answer).end()
  }).listen(0, '127.0.0.1')
  await once(instance, 'listening')
})
afterEach(async () => {
  instance.closeAllConnections()
  instance.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

/** Stores a result that names so many files. Resolves with the codes for those that could not be stored. */
async function keepFiles(count: number): Promise<string[]> {
  const address = instance.address()
  if (address === null || typeof address === 'string') throw new Error('the instance does not listen')
  const files = Array.from(
    { length: count },
    (_unused, n) => `${instanceFilesPath('a')}${n.toString(16).padStart(64, '0')}.png`,
  )
  const outputs = [{ kind: 'json', data: files }]
  const keep = keepFilesBy(
    {
      files: createRunFilesRepository(database),
      objects: createFolderStore(join(folder, 'objects')),
      uploads: join(folder, 'uploads'),
      queue: keyedQueue(),
      logger: pino({ level: 'silent' }),
    },
    { silenceMs: 50 },
  )
  const { unkept_files } = await keep({
    run: { id: 'run', service_id: 'a' },
    result: predictResponse.parse({
      status: 'succeeded',
      predictions: [{ index: 0, status: 'succeeded', outputs }],
    }),
    endpoint: { host: '127.0.0.1', port: address.port },
    signal: new AbortController().signal,
  })
  return unkept_files.map(({ reason }) => reason.en)
}

test('an instance that hangs is not asked for each of the files that its result names', async () => {
  answer = 'nothing'
  expect(await keepFiles(20)).toHaveLength(20)
  expect(asked).toBe(3)
})

test('files that the instance does not have count against the most of a run', async () => {
  answer = 404
  const reasons = await keepFiles(1_002)
  expect(asked).toBe(1_000)
  expect(reasons.slice(998).map((reason) => reason.includes('1000'))).toEqual([false, false, true, true])
})
