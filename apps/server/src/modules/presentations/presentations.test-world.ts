import { Readable } from 'node:stream'
import { pageOf, presentationState, showcaseItem, stage, type PresentationState } from '@vitrine/contract'
import { openSharesWorld } from '../shares/shares.test-world.ts'
import { addShowcaseRoutes } from '../showcase/showcase.routes.ts'
import { addPresentationRoutes } from './presentations.routes.ts'

const readme = '# 回声\n\n![badge](x.svg)\n\n听到什么就说什么。第二句。\n\n## 用法\n\n说话。'
const codeHost = {
  stat: async () => ({
    type: 'folder' as const,
    entries: [{ name: 'README.md', type: 'file' as const, size: readme.length }],
  }),
  read: async () => Readable.from([Buffer.from(readme)]),
}
const at = (path = '') => `/services/echo/presentation${path}`

/** Two services, of which `echo` can run and is presented by its owner `user`; `stranger` is anybody else. */
export async function openPresentationsWorld() {
  const world = await openSharesWorld()
  addShowcaseRoutes(world.app, world.deps.showcase)
  addPresentationRoutes(world.app, {
    presentations: world.presentations,
    services: world.running.services,
    releases: world.running.releases,
    runs: world.running.runs,
    assets: world.running.media.assets,
    codeHost,
    clock: () => new Date(),
  })
  await world.addService('echo')
  await world.addService('other', { starts: false })

  const read = async (role = 'user'): Promise<PresentationState> =>
    presentationState.parse((await world.send(role, 'GET', at())).json())
  const save = async (presentation: object, role = 'user', revision?: number) =>
    world.send(role, 'PUT', at('/draft'), {
      presentation,
      revision: revision ?? (await read('admin')).draft_revision,
    })
  const request = (url: string, language: 'zh' | 'en', role: string) =>
    world.app.inject({
      method: 'GET',
      url: `/api/v1${url}`,
      headers: { 'x-test-role': role, 'accept-language': language },
    })
  const cards = async (language: 'zh' | 'en' = 'zh', query = '', role = 'stranger') =>
    pageOf(showcaseItem).parse((await request(`/showcase${query}`, language, role)).json()).items
  return {
    ...world,
    at,
    read,
    save,
    cards,
    /** The card of `echo` as others see it. */
    card: async () => (await cards()).find(({ service_id: id }) => id === 'echo'),
    stageIn: async (language: 'zh' | 'en', role = 'stranger') =>
      stage.parse((await request('/showcase/echo', language, role)).json()),
    /** Publishes a presentation of `echo`. */
    async publish(presentation: object): Promise<void> {
      const saved = await save(presentation)
      if (saved.statusCode !== 200) throw new Error(saved.body)
      const { draft_revision: revision } = presentationState.parse(saved.json())
      const answer = await world.send('user', 'POST', at('/publish'), { revision })
      if (answer.statusCode !== 200) throw new Error(answer.body)
    },
    /** A successful run of a person on `echo`. */
    async goodRun(role = 'user', input: unknown = 'hello'): Promise<string> {
      const id = await world.start(role, { service_id: 'echo', input_data: [input] })
      await world.ended(id)
      return id
    },
  }
}
