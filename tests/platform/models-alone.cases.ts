import { beforeAll, expect, test } from 'vitest'
import { asset, stage, type Json } from '@vitrine/contract'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { colourModel, linearModel, redPixel, weightedModel } from './model-packages.ts'

// ONNX Runtime is installed from the package index, as it is for people.
const longTest = 300_000
/** Models without any code. */
export function modelsAloneCases(world: InWorld): void {
  let admin: ApiClient

  beforeAll(() => {
    ;({ admin } = world())
  })

  const stageAt = (id: string) => admin.get(`/showcase/${id}`, stage)
  const runOn = async (service_id: string, input: Json, parameters: Record<string, Json> = {}) => {
    const { run_id } = await admin.post('/runs', z.object({ run_id: z.string() }), {
      service_id,
      input_data: [input],
      parameters,
    })
    return admin.runEnd(run_id)
  }

  test(
    'a model of ONNX alone runs, and its signature is the form of the stage',
    async () => {
      expect(await admin.inspect(linearModel)).toMatchObject({ recognised: 'onnx-model', problems: [] })
      await admin.publish('linear', linearModel)
      const answer = await admin.predict('linear', [
        [1, 2],
        [1, 2, 3],
      ])
      expect(await answer.json()).toMatchObject({
        status: 'partial',
        predictions: [
          { outputs: [{ name: 'y', kind: 'number', data: { value: 8 } }] },
          { status: 'failed', error: { code: 'input.invalid' } },
        ],
      })
      const { manifest, way } = await stageAt('linear')
      expect([way, manifest.input.default]).toEqual(['run', { x: [[0, 0]] }])
      expect(await runOn('linear', { x: [[3, 4]] })).toMatchObject({ status: 'succeeded' })
    },
    longTest,
  )

  test(
    'a model of pictures gets pictures, and its scores have the names that it has itself',
    async () => {
      await admin.publish('colour', colourModel)
      const form = await multipart({ media: { name: 'red.png', bytes: redPixel } })
      const { id } = await admin.call('POST', '/assets', asset, { form })
      const run = await runOn('colour', { asset_id: id }, { scale: '-1_1', top_k: 2 })
      expect(run).toMatchObject({
        status: 'succeeded',
        result: { predictions: [{ outputs: [{ kind: 'classification', data: [{ label: 'red' }, {}] }] }] },
      })
      const { manifest } = await stageAt('colour')
      expect(manifest.input).toMatchObject({ 'x-kind': 'image' })
      expect(manifest.parameters.properties).toMatchObject({
        resize: { 'x-order': 0, default: 'stretch' },
        scale: { 'x-order': 1 },
        channels: { 'x-order': 2 },
        top_k: { 'x-order': 3 },
      })
    },
    longTest,
  )

  test(
    'a model of MLflow runs in the platform’s runtime, with a table of all elements, and its signature is the form',
    async () => {
      const inspection = await admin.inspect(weightedModel)
      expect(inspection).toMatchObject({ recognised: 'mlflow-model', problems: [] })
      // What loads models is enough; the whole of MLflow is ten times as large.
      expect(inspection.manifest?.launch?.install).toEqual([])
      await admin.publish('weighted', weightedModel)
      const { manifest, way } = await stageAt('weighted')
      expect(way).toBe('run')
      expect(manifest.input).toMatchObject({
        required: ['width', 'height'],
        properties: { width: { type: 'number' } },
      })
      expect(manifest.parameters.properties).toMatchObject({ scale: { type: 'number', default: 1 } })
      const rows = [
        { width: 1, height: 2 },
        { width: 10, height: 0.5 },
      ]
      const answer = await admin.predict('weighted', rows)
      expect(await answer.json()).toMatchObject({
        status: 'succeeded',
        predictions: [8, 21.5].map((value) => ({ outputs: [{ kind: 'number', data: { value } }] })),
      })
      expect(await runOn('weighted', { width: 1, height: 2 }, { scale: 10 })).toMatchObject({
        result: { predictions: [{ outputs: [{ data: { value: 80 } }] }] },
      })
      const refused = await admin.predict('weighted', [{ width: 'wide', height: 2 }])
      expect(refused.status).toBe(422)
    },
    longTest,
  )

  test(
    'a file that is no model says so when it is deployed',
    async () => {
      await admin.upload({ 'model.onnx': 'no model' }, { algorithm_id: 'broken' })
      const task = await admin.deploy('broken')
      expect([task.state, JSON.stringify(task)]).toEqual(['failed', expect.stringMatching(/protobuf/i)])
    },
    longTest,
  )
}
