import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sharedDocker, skipDocker } from '../../../../../tests/support/shared-docker.ts'
import { dockerSaid, dockerStatus, openDocker } from './docker-client.ts'

const named = (name: string) => `${name}${skipDocker === null ? '' : ` (skipped: ${skipDocker})`}`

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

test.skipIf(!sharedDocker)(named('a refusal of the daemon has its status and its words'), async () => {
  const error = await failureOf(sharedDocker?.docker.getImage('none:here').inspect() ?? Promise.resolve())
  expect(dockerStatus(error)).toBe(404)
  expect(dockerSaid(error)).toMatch(/no such image/i)
})

test('a daemon that is not there has no status, and the error says why', async () => {
  const docker = await openDocker({ socketPath: join(tmpdir(), 'no-docker.sock') })
  const error = await failureOf(docker.ping())
  expect(dockerStatus(error)).toBeNull()
  expect(dockerSaid(error)).toMatch(/ENOENT/)
})

test('Docker’s own variables change nothing', async () => {
  const before = process.env.DOCKER_HOST
  process.env.DOCKER_HOST = 'tcp://10.0.0.1:2375'
  try {
    const { modem } = await openDocker({ socketPath: '/tmp/no-docker.sock' })
    expect(modem).toMatchObject({ socketPath: '/tmp/no-docker.sock', protocol: 'http' })
    expect(modem).toMatchObject({ host: undefined })
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST
    else process.env.DOCKER_HOST = before
  }
})

test.skipIf(!sharedDocker)(named('containers are made from the image of the tests'), async () => {
  if (!sharedDocker) return
  const container = await sharedDocker.docker.createContainer({
    Image: sharedDocker.image,
    Cmd: ['/bin/sh', '-c', `python3 -c 'import json, ssl' && node -v`],
    HostConfig: { NetworkMode: 'none' },
  })
  await container.start()
  const ended: unknown = await container.wait()
  const log = String(await container.logs({ stdout: true, stderr: true }))
  expect([ended, log]).toEqual([{ StatusCode: 0 }, expect.stringContaining(process.version)])
  await container.remove()
})
