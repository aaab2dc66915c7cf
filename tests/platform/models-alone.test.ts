import { afterAll, beforeAll, expect, test } from 'vitest'
import { asset, stage, type Json } from '@vitrine/contract'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { colourModel, linearModel, redPixel } from './model-packages.ts'

// ONNX Runtime is installed from the package index, as it is for people.
const longTest = 300_000
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

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
  'a file that is no model says so when it is deployed',
  async () => {
    await admin.upload({ 'model.onnx': 'no model' }, { algorithm_id: 'broken' })
    const task = await admin.deploy('broken')
    expect([task.state, JSON.stringify(task)]).toEqual(['failed', expect.stringMatching(/protobuf/i)])
  },
  longTest,
)
