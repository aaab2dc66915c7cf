import { beforeAll, expect, test } from 'vitest'
import { asset, stage, type Json } from '@vitrine/contract'
import { z } from 'zod'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { redPixel } from './model-packages.ts'

const longTest = 180_000
/** Code whose signature is the form of its stage. */
export function signatureCases(world: InWorld): void {
  let admin: ApiClient

  beforeAll(() => {
    ;({ admin } = world())
  })

  const runOn = async (service_id: string, input: Json, parameters: Record<string, Json> = {}) => {
    const { run_id } = await admin.post('/runs', z.object({ run_id: z.string() }), {
      service_id,
      input_data: [input],
      parameters,
    })
    return admin.runEnd(run_id)
  }

  const functionAlone: PackageFiles = {
    'main.py': `"""Shouts."""
from typing import Literal

MARKS = {"calm": ".", "loud": "!"}

def predict(text: str, times: int = 2, mark: Literal["calm", "loud"] = "loud") -> str:
    """Says something in capitals.

    Args:
        text: What to say.
        times: How often.
    """
    return " ".join([text.upper() + MARKS[mark]] * times)
`,
  }

  test(
    'a function alone is deployed, and its hints and docstring are the form of the stage',
    async () => {
      expect(await admin.inspect(functionAlone)).toMatchObject({
        recognised: 'python-function',
        problems: [],
      })
      await admin.publish('shout', functionAlone)
      const { manifest, way } = await admin.get('/showcase/shout', stage)
      expect(way).toBe('run')
      expect(manifest.input).toMatchObject({ type: 'string', description: 'What to say.' })
      expect(manifest.parameters.properties).toMatchObject({
        times: { type: 'integer', default: 2, description: 'How often.' },
        mark: { enum: ['calm', 'loud'], default: 'loud' },
      })
      expect(await runOn('shout', 'hi', { times: 1, mark: 'calm' })).toMatchObject({
        status: 'succeeded',
        result: { predictions: [{ outputs: [{ kind: 'text', data: 'HI.' }] }] },
      })
      const refused = await admin.predict('shout', [7])
      expect(refused.status).toBe(422)
    },
    longTest,
  )

  const cog: PackageFiles = {
    'cog.yaml': 'build:\n  python_version: "3"\npredict: predict.py:Predictor\n',
    'predict.py': `from typing import Optional
from cog import BasePredictor, Input, Path

STYLES = ["plain", "loud"]

class Predictor(BasePredictor):
    def predict(
        self,
        image: Path = Input(description="What to look at"),
        mask: Optional[Path] = Input(default=None),
        scale: float = Input(default=1.5, ge=0.5, le=4),
        style: str = Input(choices=STYLES, default="plain"),
    ) -> str:
        seen = [image, *([] if mask is None else [mask])]
        assert all(isinstance(path, Path) and path.stat().st_size > 0 for path in seen)
        return f"{len(seen)} {scale} {style}"
`,
  }

  test(
    'the signature of a Cog predictor is the form of the stage, with its ranges and choices',
    async () => {
      await admin.publish('looker', cog)
      const { manifest, way } = await admin.get('/showcase/looker', stage)
      expect(way).toBe('run')
      expect(manifest.input).toMatchObject({
        required: ['image'],
        properties: {
          image: { 'x-kind': 'image', description: 'What to look at' },
          mask: { 'x-kind': 'image' },
        },
      })
      expect(manifest.parameters.properties).toMatchObject({
        scale: { type: 'number', minimum: 0.5, maximum: 4, default: 1.5 },
        style: { enum: ['plain', 'loud'], default: 'plain' },
      })
      const form = await multipart({ media: { name: 'red.png', bytes: redPixel } })
      const { id } = await admin.call('POST', '/assets', asset, { form })
      const both = { image: { asset_id: id }, mask: { asset_id: id } }
      expect(await runOn('looker', both, { scale: 2, style: 'loud' })).toMatchObject({
        status: 'succeeded',
        result: { predictions: [{ outputs: [{ kind: 'text', data: '2 2 loud' }] }] },
      })
      expect(await runOn('looker', { image: { asset_id: id } })).toMatchObject({
        result: { predictions: [{ outputs: [{ data: '1 1.5 plain' }] }] },
      })
    },
    longTest,
  )
}
