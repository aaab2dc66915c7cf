import type { CodeChange, CodeCommit, FileChange } from '@vitrine/contract'
import { openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { multipart } from '../../../../../tests/support/multipart.ts'
import { addCodeRoutes } from './code.routes.ts'
import { registerCodeUpload } from './code.upload.routes.ts'

/** Algorithms with the routes of their code, and short ways to use them. */
export async function openCodeWorld() {
  const world = await openWorld({ unpackedBytes: 8 * 1024 ** 2 })
  addCodeRoutes(world.app, world.deps)
  await registerCodeUpload(world.app, { ...world.deps, arrived: world.arrived })
  return {
    ...world,
    /** Uploads the next version, and returns its commit. */
    async upload(id: string, files: Record<string, string | Buffer>): Promise<string> {
      const sent = await world.send('', {
        files: { 'ai_algorithm.py': smallest, ...files },
        fields: { algorithm_id: id },
      })
      if (sent.statusCode !== 201) throw new Error(sent.body)
      return sent.json().version.commit
    },
    /** Adds files to the newest version. */
    async add(parts: Parameters<typeof multipart>[0], role = 'user') {
      const body = await multipart(parts)
      return world.app.inject({
        method: 'POST',
        url: '/api/v1/gitea/repos/upload',
        payload: body.payload,
        headers: { 'x-test-role': role, 'accept-language': 'en', ...body.headers },
      })
    },
    history: async (id: string, query = '') =>
      (await world.get(`/${id}/commits?${query}`)).json<{ items: CodeCommit[]; has_more: boolean }>(),
    diff: async (id: string, query: string) =>
      (await world.get(`/${id}/diff?${query}`)).json<{ from: CodeCommit | null; files: CodeChange[] }>(),
    edit: (
      id: string,
      base: string,
      files: FileChange[],
      { role = 'user', ...more }: { role?: string; branch?: string } = {},
    ) =>
      world.app.inject({
        method: 'POST',
        url: `/api/v1/algorithms/${id}/commits`,
        headers: { 'x-test-role': role, 'accept-language': 'en' },
        payload: { message: 'Change it', base_commit: base, files, ...more },
      }),
    textOf: async (id: string, path: string) =>
      (await world.get(`/${id}/files?path=${encodeURIComponent(path)}`)).json().content,
  }
}

/** The status and the code of a refusal. */
export const refusalOf = (answer: { statusCode: number; json: () => { error: { code: string } } }) => [
  answer.statusCode,
  answer.json().error.code,
]
