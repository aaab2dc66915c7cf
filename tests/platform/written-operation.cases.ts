import { beforeAll, expect, test } from 'vitest'
import { serviceApiEndpoints, stage } from '@vitrine/contract'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import type { InWorld } from '../support/shared-platform.ts'

// Flask is installed from the package index, as it is for people.
const longTest = 240_000
/** An application that describes its API nowhere but in its code. */
const words = (version: number) => ({
  'app.py': [
    'from flask import Flask, jsonify, request',
    '',
    `version = ${version}`,
    'app = Flask(__name__)',
    '',
    '@app.route("/words/<int:times>", methods=["POST"])',
    'def words(times):',
    '    data = request.get_json()',
    '    return jsonify(upper=data["text"].upper() * times, version=version)',
    '',
  ].join('\n'),
  'requirements.txt': 'flask\n',
})
/** Operations that a person describes, because no document does. */
export function writtenOperationCases(world: InWorld): void {
  let admin: ApiClient

  beforeAll(async () => {
    ;({ admin } = world())
    await admin.publish('words', words(1))
  }, 400_000)

  const endpoints = serviceApiEndpoints
  const path = '/words/{times}'
  const operationNow = () =>
    admin.get(
      `/services/words/api/operation?method=POST&path=${encodeURIComponent(path)}`,
      endpoints['GET /services/{id}/api/operation'].response,
    )
  const runOn = async (input: string) => {
    const parameters = { times: 2 }
    const body = { service_id: 'words', input_data: [input], parameters }
    const { run_id } = await admin.post('/runs', z.object({ run_id: z.string() }), body)
    return (await admin.runEnd(run_id)).result?.predictions[0]?.outputs
  }

  test(
    'an application without a document offers the routes of its code, and says what was asked',
    async () => {
      const api = await admin.get('/services/words/api', endpoints['GET /services/{id}/api'].response)
      expect(api).toMatchObject({
        source: null,
        missing: { why: 'none', looked_for: expect.arrayContaining(['/openapi.json', 'openapi.yaml']) },
        operations: [{ method: 'POST', path, described_by: 'code' }],
      })
      expect(await operationNow()).toMatchObject({
        described_by: 'code',
        body: 'json',
        written: [
          { name: 'times', place: 'path', type: 'integer', required: true },
          { name: 'text', place: 'body', type: 'text', required: false },
        ],
      })
    },
    longTest,
  )

  test(
    'what a person corrects of it becomes the stage, runs, and stays for the next release',
    async () => {
      const { written, suggestion } = await operationNow()
      const fields = written?.map((field) => ({ ...field, required: true }))
      const answer = { kind: 'text', path: ['upper'] }
      const operation = {
        ...suggestion,
        fields: [
          { name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } },
          { name: 'times', place: 'path', send: 'value', value: { from: 'parameter' } },
        ],
        answer,
      }
      const element = { input: 'ab', parameters: { times: 2 } }
      const answered = await admin.post(
        '/services/words/api/try',
        endpoints['POST /services/{id}/api/try'].response,
        { ...element, operation, written: fields },
      )
      expect(answered).toMatchObject({ status: 200, answer: { upper: 'ABAB', version: 1 } })
      const put = { operation, written: fields, example: { ...element, name: 'ab' } }
      const refused = admin.call('PUT', '/services/words/api', z.unknown(), {
        json: { ...put, written: [{ ...fields?.[0], name: 'Host', place: 'header' }] },
      })
      await expect(refused).rejects.toMatchObject({ status: 422, code: 'service_api.misfit' })
      await admin.call('PUT', '/services/words/api', endpoints['PUT /services/{id}/api'].response, {
        json: put,
      })
      expect(await admin.get('/showcase/words', stage)).toMatchObject({
        way: 'run',
        examples: [{ name: 'ab' }],
        manifest: { parameters: { properties: { times: { type: 'integer' } }, required: ['times'] } },
      })
      expect(await operationNow()).toMatchObject({ described_by: 'hand', written: fields })
      await admin.publish('words', words(2))
      expect(await runOn('xy')).toMatchObject([{ kind: 'text', data: 'XYXY' }])
      expect(await operationNow()).toMatchObject({ described_by: 'hand', written: fields })
    },
    longTest,
  )
}
