import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { logDestination } from './log-destination.ts'

test('a log that cannot be written, as on a full disk, does not end the process', async () => {
  const fd = openSync('/dev/full', 'w')
  onTestFinished(() => closeSync(fd))
  const destination = logDestination(fd)
  const logger = pino(destination)
  for (const line of ['first', 'second']) {
    const failed = once(destination, 'error')
    logger.info(line)
    expect(await failed).toMatchObject([{ code: 'ENOSPC' }])
  }
})
