import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { sharedDocker, skipDocker } from '../../../../../tests/support/shared-docker.ts'
import { dockerImages } from '../../adapters/docker/docker-images.ts'
import { contextStream } from './build-context.ts'
import { withinDiskOfImage } from './build-disk.ts'

const longest = 120_000

describe.skipIf(!sharedDocker)(`builds${skipDocker === null ? '' : ` (skipped: ${skipDocker})`}`, () => {
  if (!sharedDocker) return
  const { docker, image: base } = sharedDocker
  const daemon = dockerImages(async () => docker)

  test(
    'a build that writes without end is ended at its ceiling, and nothing of it is left',
    async () => {
      const tag = `fills-${randomUUID()}`
      const command = 'i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero > /big$i; sleep 0.05; done'
      const dockerfile = `FROM ${base}\nRUN ${command}\n`
      let container = ''
      const building = withinDiskOfImage(
        {
          daemon,
          disk: { limitBytes: 20_000_000 },
          waiter: { signal: new AbortController().signal, log: () => undefined },
          last: () => ({ step: command, lines: [] }),
        },
        ({ signal, onContainer }) =>
          daemon.build({
            context: contextStream([{ path: 'Dockerfile', text: dockerfile }], [], new Date(0)),
            dockerfile: 'Dockerfile',
            tag,
            labels: {},
            network: 'none',
            limits: {},
            runsTriggers: false,
            timeoutMs: longest,
            signal,
            onSaying: () => undefined,
            onContainer(id) {
              container = id
              onContainer(id)
            },
          }),
      )
      await expect(building).rejects.toMatchObject({ code: 'deploy.image_failed' })
      expect(container).not.toBe('')
      await expect.poll(() => daemon.writtenBy(container), { timeout: longest }).toBeNull()
      expect(await daemon.has(tag)).toBe(false)
    },
    longest,
  )
})
