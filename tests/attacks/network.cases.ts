import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { endpoints, hostWalls, predictResponse } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { fileReader, nodeFileReader, servedPython } from './network.package.ts'
import { hostileShell, runInside } from './shell.package.ts'

/** What services reach by the network, and what those without it do not. The last case starts the platform anew. */
export function networkCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient
  /** Something that listens only for this machine, at a port and at an abstract socket. */
  const local: Server[] = []
  let port = 0
  const abstract = `vitrine-attack-${process.pid}`
  /** How many instances of other cases have the network. */
  let onNetwork = 0

  beforeAll(async () => {
    for (const at of [{ port: 0, host: '127.0.0.1' }, { path: `\0${abstract}` }]) {
      const server = createServer((connection) => connection.on('error', () => undefined).end())
      server.listen(at)
      await once(server, 'listening')
      local.push(server)
      const address = server.address()
      if (address !== null && typeof address === 'object') port = address.port
    }
    ;({ platform, admin } = world())
    onNetwork = await countOnNetwork()
    await admin.publish('open', servedPython)
    await admin.publish('shut', servedPython, { network: 'none' })
    await admin.publish('server', hostileShell)
  }, 240_000)
  afterAll(() => {
    for (const server of local) server.close()
  })

  const networkWall = async () => {
    const told = await admin.get('/host/walls', hostWalls)
    return told.walls.find(({ name }) => name === 'network')
  }
  const countOnNetwork = async () =>
    Number((await networkWall())?.gaps.find(({ code }) => code === 'instances_on_network')?.values.count ?? 0)

  async function runIn(id: string, program: string): Promise<string> {
    const answer = await admin.predict(id, [program])
    const [first] = predictResponse.parse(await answer.json()).predictions
    return z.string().parse(first?.outputs[0]?.data)
  }
  const connect = (host: string, at: number) =>
    `connection = socket.create_connection((${JSON.stringify(host)}, ${at}), 3)\nprint("connected")`
  const portOf = async (id: string) => {
    const endpoint = (await admin.service(id)).instances[0]?.endpoint
    if (!endpoint || !('port' in endpoint)) throw new Error(`${id} has no port`)
    return endpoint.port
  }

  test('one with the network reaches what listens only for this machine', async () => {
    expect(await runIn('open', connect('127.0.0.1', port))).toBe('connected')
    expect(await runIn('open', connect('127.0.0.1', platform.publicPort))).toBe('connected')
  })

  test('one with the network stops no deploy by abstract sockets with the names of all ports', async () => {
    const { instanceRange, frontRange } = platform
    const ranges = [instanceRange, frontRange].map(({ first, last }) => `*range(${first}, ${last + 1})`)
    // Kept beyond this call, as long as the process lives.
    const program = `os.held = []
for port in [${ranges.join(', ')}]:
    os.held.append(socket.socket(socket.AF_UNIX))
    os.held[-1].bind("\\0vitrine-port-%d" % port)
print(len(os.held))`
    expect(Number(await runIn('open', program))).toBeGreaterThan(0)
    await admin.publish('later', hostileShell)
    expect((await runInside(admin, 'later', 'echo served')).out).toBe('served')
    // The page of the walls counts what has the network.
    expect((await admin.deleteService('later')).state).toBe('succeeded')
  })

  test('one without it answers its callers', async () => {
    expect(await runIn('shut', 'print(6 * 7)')).toBe('42')
  })

  test.each([
    ['what listens for this machine', () => ['127.0.0.1', port] as const],
    ['the platform', () => ['127.0.0.1', platform.publicPort] as const],
    ['metadata of a cloud', () => ['169.254.169.254', 80] as const],
    ['an address of the internet', () => ['192.0.2.1', 443] as const],
  ])('one without it reaches nothing of: %s', async (_what, at) => {
    const [host, where] = at()
    expect(await runIn('shut', connect(host, where))).toMatch(/Error: .*(refused|unreachable)/i)
  })

  test('one without it reaches no instance of another service, and no name', async () => {
    expect(await runIn('shut', connect('127.0.0.1', await portOf('server')))).toMatch(/refused/)
    expect(await runIn('shut', 'socket.getaddrinfo("example.com", 80)')).toMatch(/gaierror/)
  })

  test('one without it reaches no abstract socket of the machine, which knows no files', async () => {
    const program = `own = socket.socket(socket.AF_UNIX)\nown.connect("\\0${abstract}")\nprint("connected")`
    expect(await runIn('open', program)).toBe('connected')
    expect(await runIn('shut', program)).toMatch(/ConnectionRefusedError/)
  })

  test('one without it sees neither the control plane’s socket nor those of instances', async () => {
    const found = await runIn('shut', `print(os.listdir(${JSON.stringify(platform.dataFolder)}))`)
    expect(found).not.toMatch(/control|sockets/)
  })

  async function upload(text: string): Promise<string> {
    const form = await multipart({ media: { name: 'words.txt', bytes: Buffer.from(text) } })
    const stored = await admin.call('POST', '/assets', endpoints['POST /assets'].response, { form })
    return stored.id
  }

  test.each([
    ['Python', fileReader],
    ['Node', nodeFileReader],
  ])(
    'one without it gets the media of its runs (%s)',
    async (language, files) => {
      const id = `reads-${language.toLowerCase()}`
      await admin.publish(id, files, { network: 'none' })
      const asset = await upload(`for ${id}`)
      const input = { service_id: id, input_data: [{ asset_id: asset }] }
      const begun = await admin.post('/runs', endpoints['POST /runs'].response, input)
      const ended = await admin.runEnd(begun.run_id)
      expect(JSON.stringify(ended)).toContain(`for ${id}`)
      expect(ended.status).toBe('succeeded')
    },
    180_000,
  )

  test('the socket for media serves nothing else, whatever the request says of itself', async () => {
    const asset = await upload('of somebody else')
    const at = `/api/v1/assets/${asset}/content?variant=original`
    const token = 'authorization="Bearer " + os.environ["VITRINE_TOKEN"]'
    const ask = (method: string, target: string, more = token) =>
      runIn('shut', `print(asks(os.environ["VITRINE_PLATFORM_SOCKET"], "${method}", "${target}", ${more}))`)
    expect(await ask('GET', at)).toMatch(/^40[34]$/)
    expect(await ask('GET', at, `x_forwarded_for="127.0.0.1"`)).toBe('404')
    for (const [method, target] of [
      ['GET', '/api/v1/services'],
      ['GET', '/metrics'],
      ['POST', at],
      ['GET', `${at}&token=x`],
      ['GET', `http://localhost${at}`],
      ['GET', `/api/v1/assets/../services/content?variant=original`],
      ['GET', `/api/v1/assets/%2e%2e/content?variant=original`],
    ] as const)
      expect([target, await ask(method, target)]).toEqual([target, '404'])
  })

  test('one that brings its own server is not cut off, which is said at once', async () => {
    await expect(admin.change('server', { network: 'none' })).rejects.toMatchObject({
      status: 422,
      code: 'service.network_unavailable',
    })
    const ended = await admin.deploy('server', {
      service_id: 'server-2',
      service_config: { network: 'none' },
    })
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'service.network_unavailable' } })
    expect((await runInside(admin, 'server', 'echo runs')).out).toBe('runs')
  }, 120_000)

  test('its owner may change it, and running instances follow', async () => {
    const changed = await admin.change('open', { network: 'none' })
    expect(changed?.state).toBe('succeeded')
    expect((await admin.service('open')).network).toBe('none')
    expect(await runIn('open', connect('127.0.0.1', port))).toMatch(/refused/)
    const { items } = await admin.get('/audit?limit=100', z.object({ items: z.array(z.unknown()) }))
    expect(JSON.stringify(items)).toMatch(/"network":\s*"none"/)
  }, 120_000)

  test('the page of the walls counts who has it', async () => {
    const wall = await networkWall()
    expect(wall?.state).toBe('in_part')
    expect(wall?.gaps).toEqual([{ code: 'instances_on_network', values: { count: onNetwork + 1 } }])
  })

  test('nobody has more of it than the administrator allows', async () => {
    await platform.end('SIGTERM')
    await platform.start({ VITRINE_CEILING_NETWORK: 'none' })
    // What the runner has stored about it says so too.
    await admin.operate('restart', 'shut')
    expect(await runIn('shut', connect('127.0.0.1', port))).toMatch(/refused/)
    await expect(
      admin.beginDeploy('open', { service_id: 'more', service_config: { network: 'all' } }),
    ).rejects.toMatchObject({ status: 422, code: 'quota.network' })
    const refused = admin.change('shut', { network: 'all' })
    await expect(refused).rejects.toMatchObject({ status: 422, code: 'quota.network' })
    await admin.publish('usual', servedPython)
    expect((await admin.service('usual')).network).toBe('none')
    expect(await runIn('usual', connect('127.0.0.1', port))).toMatch(/refused/)
  }, 180_000)
}
