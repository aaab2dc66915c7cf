import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import { TusClient, uploadIdOf } from '../support/tus-client.ts'
import type { InWorld } from './both-gateways.world.ts'
import { showing } from './media-of-others.package.ts'
import { runInside } from './shell.package.ts'

const id = z.object({ id: z.string() })

async function upload(client: ApiClient, name: string): Promise<string> {
  const bytes = new TextEncoder().encode(`words of ${name}`)
  return (await client.call('POST', '/assets', id, { form: await multipart({ media: { name, bytes } }) })).id
}

/** Prints the status of an answer of the platform to the token of the instance in which it runs. */
const asInstance = (path: string) => `python3 -c '
import os, urllib.error, urllib.request
try:
    headers = {"authorization": "Bearer " + os.environ["VITRINE_TOKEN"]}
    url = os.environ["VITRINE_PLATFORM_URL"] + "/api/v1${path}"
    print(urllib.request.urlopen(urllib.request.Request(url, headers=headers)).status)
except urllib.error.HTTPError as error:
    print(error.code)'`

/** The attacker wants what the administrator has uploaded. `media-of-others.cases.ts` plays more of it. */
export function foreignMediaCases(world: InWorld): void {
  test('an upload is not changed by the address of another one whose query names it', async () => {
    const { admin, attacker } = world()
    const [theirs, mine] = [new TusClient(admin), new TusClient(attacker)]
    const [victim, own] = [await theirs.begin(4, 'victim.txt'), await mine.begin(4, 'own.txt')]
    const evil = () => Readable.from([Buffer.from('evil')])
    await mine.send(`${own}?x=/${uploadIdOf(victim)}`, 0, evil())
    expect(await theirs.offset(victim)).toBe(0)
    expect(await mine.send(victim, 0, evil())).toBe(404)
    expect(await theirs.offset(victim)).toBe(0)
  })

  test('the token of an instance reads no media but those of its runs', async () => {
    const { admin, attacker } = world()
    const asset = await upload(admin, 'a secret.txt')
    const content = `/assets/${asset}/content?variant=original`
    for (const [path, status] of [
      [content, '404'],
      ['/assets', '403'],
      ['/users', '403'],
    ] as const)
      expect((await runInside(attacker, 'hostile', asInstance(path))).out, path).toBe(status)
    // The address is right: its owner reads it.
    expect((await admin.request('GET', content)).status).toBe(200)
  })

  test('a package does not show them as its example, to nobody', async () => {
    const { admin, attacker } = world()
    const asset = await upload(admin, 'another secret.txt')
    await attacker.upload(showing(asset), { algorithm_id: 'shower' })
    expect(await attacker.deploy('shower')).toMatchObject({
      state: 'failed',
      error: { code: 'deploy.example_media', details: { asset_id: asset } },
    })
    const stage = { kind: 'stage', target_id: 'shower' }
    const { token } = await attacker.post('/shares', z.object({ token: z.string() }), stage)
    const path = `/public/shares/${token}/assets/${asset}/content?variant=original`
    expect((await world().platform.anonymous().request('GET', path)).status).toBe(410)
  })
}
