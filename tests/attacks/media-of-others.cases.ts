import { beforeAll, expect, test } from 'vitest'
import { showcaseEndpoints } from '@vitrine/contract'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { mediaThief, reader, showing } from './media-of-others.package.ts'

const id = z.object({ id: z.string() })
const stage = showcaseEndpoints['GET /showcase/{id}'].response

/** What an algorithm, and who deploys one, gets of the media of other people. */
export function mediaOfOthersCases(world: InWorld): void {
  let platform: TestPlatform
  let attacker: ApiClient
  /** Media files: of another person, of the attacker, and of the attacker’s package. */
  const media = { victims: '', own: '', demo: '' }

  const upload = async (client: ApiClient, name: string) => {
    const bytes = new TextEncoder().encode(`words of ${name}`)
    return (await client.call('POST', '/assets', id, { form: await multipart({ media: { name, bytes } }) }))
      .id
  }

  beforeAll(async () => {
    ;({ platform } = world())
    attacker = await platform.person('attacker', 'user')
    media.victims = await upload(await platform.person('victim', 'user'), 'the victim.txt')
    media.own = await upload(attacker, 'the attacker.txt')
    await attacker.publish('thief', mediaThief)
    const [example] = (await attacker.get('/showcase/thief', stage)).examples
    media.demo = z.object({ asset_id: z.string() }).parse(example?.input_data[0]).asset_id
  }, 240_000)

  const stolen = z.object({ list: z.number(), found: z.array(z.number()), token: z.string() })

  /** What the algorithm finds while it carries out a run on a media file of the attacker. */
  async function steal() {
    const { run_id } = await attacker.post('/runs', z.object({ run_id: z.string() }), {
      service_id: 'thief',
      asset_id: media.own,
      parameters: { ids: [media.own, media.demo, media.victims] },
    })
    const { result } = await attacker.runEnd(run_id)
    return stolen.parse(result?.predictions[0]?.outputs[0]?.data)
  }
  const reads = async (token: string, asset: string) =>
    (await attacker.with(token).request('GET', `/assets/${asset}/content?variant=original`)).status

  test('an instance reads the media of its run and its demo data, and nobody else’s', async () => {
    expect(await steal()).toMatchObject({ list: 403, found: [200, 200, 404] })
  })

  test('the token of an instance reads no media of a run that has ended, and nothing once its process has ended', async () => {
    const { token } = await steal()
    expect([await reads(token, media.own), await reads(token, media.demo)]).toEqual([404, 200])
    await attacker.operate('stop', 'thief')
    expect(await reads(token, media.demo)).toBe(404)
    await attacker.operate('start', 'thief')
  })

  test('the token of an instance ends with its service, also when another service gets its ID', async () => {
    const { token } = await steal()
    await attacker.deleteService('thief')
    expect(await reads(token, media.demo)).toBe(401)
    expect(await attacker.deploy('thief')).toMatchObject({ state: 'succeeded' })
    expect((await steal()).found[1], 'with the new token').toBe(200)
    expect(await reads(token, media.demo)).toBe(401)
  })

  test('a caller gets no answer about the media file of somebody else, of whose run the instance has a copy', async () => {
    await (await platform.admin()).publish('reader', reader)
    const victim = await platform.person('victim-again', 'user')
    const asset = await upload(victim, 'a run.txt')
    const run = z.object({ run_id: z.string() })
    for (const times of [1, 2]) {
      const { run_id } = await victim.post('/runs', run, { service_id: 'reader', asset_id: asset })
      expect(JSON.stringify(await victim.runEnd(run_id)), `run ${times}`).toContain('words of a run.txt')
    }
    const answer = await attacker.predict('reader', [{ asset_id: asset }])
    expect(answer.status).toBe(422)
    expect(await answer.text()).not.toContain('words of')
  })

  test('a package cannot show media of other people, whoever deploys it', async () => {
    await attacker.upload(showing(media.victims), { algorithm_id: 'shower' })
    for (const client of [attacker, await platform.admin()])
      expect(await client.deploy('shower')).toMatchObject({
        state: 'failed',
        error: { code: 'deploy.example_media', details: { asset_id: media.victims } },
      })
    const link = await attacker.post('/shares', z.object({ token: z.string() }), {
      kind: 'stage',
      target_id: 'shower',
    })
    const path = `/public/shares/${link.token}/assets/${media.victims}/content?variant=original`
    expect((await platform.anonymous().request('GET', path)).status).toBeGreaterThanOrEqual(404)
  })

  test('a key of one algorithm cannot show everybody a media file of its owner, of which only a run has told it', async () => {
    const owner = await platform.person('shows-nothing', 'user')
    await owner.publish('shown-by', reader)
    const asset = await upload(owner, 'something private.txt')
    const limit = { name: 'pusher', scopes: ['deploy'], service_ids: ['shown-by'] }
    const { key } = await owner.post('/api-keys', z.object({ key: z.string() }), limit)
    const pusher = owner.with(key)
    const run = { service_id: 'shown-by', asset_id: asset }
    const { run_id } = await owner.post('/runs', z.object({ run_id: z.string() }), run)
    await owner.runEnd(run_id)
    expect(JSON.stringify(await pusher.get(`/runs/${run_id}`, z.unknown()))).toContain(asset)
    expect(await reads(key, asset)).toBe(404)
    await pusher.upload(showing(asset), { algorithm_id: 'shown-by' })
    const refused = expect.objectContaining({ code: 'deploy.example_media' })
    for (const client of [pusher, await platform.admin(), attacker])
      await expect(client.beginDeploy('shown-by')).rejects.toEqual(refused)
    expect(await reads(key, asset)).toBe(404)
    expect(await owner.deploy('shown-by')).toMatchObject({ state: 'succeeded' })
    // From then on, the owner shows it to everybody.
    expect(await pusher.deploy('shown-by')).toMatchObject({ state: 'succeeded' })
  })
}
