import { beforeAll, expect, test } from 'vitest'
import { provenanceEndpoints, runEndpoints, type ReplayOutcome } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { echo, randomNumber } from './packages.ts'

const longTest = 180_000
/** What a result came from, and whether it comes again. */
export function provenanceCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(async () => {
    ;({ platform, admin } = world())
    await admin.publish('echo', echo('old'))
  }, 180_000)

  const runOf = async (service_id: string): Promise<string> => {
    const { response } = runEndpoints['POST /runs']
    const { run_id: id } = await admin.post('/runs', response, { service_id, input_data: ['a'] })
    await admin.runEnd(id)
    return id
  }
  const replayOf = async (id: string): Promise<ReplayOutcome> => {
    const { response } = provenanceEndpoints['POST /runs/{id}/replay']
    const { run_id: again } = await admin.post(`/runs/${id}/replay`, response, {})
    await admin.runEnd(again)
    return admin.get(`/runs/${again}/replay`, provenanceEndpoints['GET /runs/{id}/replay'].response)
  }

  test(
    'a replay after a newer release was deployed gives the old answer, and says that it is the same',
    async () => {
      const first = await runOf('echo')
      await admin.publish('echo', echo('new'))
      const outcome = await replayOf(first)
      expect(outcome).toMatchObject({ state: 'compared', same: true, identical: true })
      const again = await admin.runEnd(outcome.run_id)
      expect(again.release).toBe(1)
      expect(JSON.stringify(again.result)).toContain('old:a')
      expect(JSON.stringify((await admin.runEnd(await runOf('echo'))).result)).toContain('new:a')
    },
    longTest,
  )

  test(
    'what was installed for a release is listed, and a result names the digest of that list',
    async () => {
      const path = '/services/echo/releases/1/environment'
      const { response } = provenanceEndpoints['GET /services/{id}/releases/{number}/environment']
      const { text, sha256 } = await admin.get(path, response)
      expect(text).toMatch(/^# Python \d+\.\d+[\s\S]*^fastapi==\d/im)
      const { response: statement } = provenanceEndpoints['GET /runs/{id}/provenance']
      const { predicate } = await admin.get(`/runs/${await runOf('echo')}/provenance`, statement)
      const { resolvedDependencies: all } = predicate.buildDefinition
      expect(all.find(({ name }) => name === 'environment')?.digest).toEqual({ sha256 })
      const code = all.find(({ name }) => name === 'code')
      expect([code?.uri, code?.digest?.['gitCommit']]).toEqual([
        `git+${platform.origin}/git/echo.git`,
        expect.stringMatching(/^[0-9a-f]{40}$/),
      ])
      expect(predicate.runDetails.vitrine_notRecorded).toEqual([])
    },
    longTest,
  )

  test(
    'a replay of an algorithm that draws lots says where the results differ',
    async () => {
      await admin.publish('lots', randomNumber)
      const { same, differing, differences, parts } = await replayOf(await runOf('lots'))
      expect([same, differing]).toEqual([false, 1])
      expect(differences[0]?.path).toMatch(/^predictions\.0\.outputs\.0\.data/)
      expect(parts[0]?.largest_deviation).toBeGreaterThan(0)
    },
    longTest,
  )
}
