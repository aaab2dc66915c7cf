import { z } from 'zod'
import { jsonSchema, translations, type JsonSchema, type Manifest, type PackageForm } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import { requestAt } from '../../lib/endpoint-request.ts'
import { limitedText } from '../../lib/limited-text.ts'
import { wordsOf, type Words } from '../../lib/words.ts'
import { isValidSchema } from '../algorithms/recognition/fill-manifest.ts'
import type { Deploy, DeployDeps } from './deploy.types.ts'

/**
 * Forms whose input and parameters the runtime reports, and where it finds them: in a model, which only the runtime opens, or
 * in a signature, whose constants are known only when the code is loaded.
 */
const toldFrom: ReadonlyMap<PackageForm, Words> = new Map([
  ['onnx-model', { zh: '输入与参数取自模型', en: 'the input and the parameters are those of the model' }],
  [
    'cog-package',
    { zh: '输入与参数取自预测函数的签名', en: 'the input and the parameters are those of its signature' },
  ],
  [
    'python-function',
    { zh: '输入与参数取自函数的签名', en: 'the input and the parameters are those of its signature' },
  ],
])

const timeoutMs = 15_000
/** A longer answer is not read, in bytes. */
const longest = 256 * 1024

const validSchema = jsonSchema.refine(isValidSchema)
const toldByRuntime = z.object({ input: validSchema, parameters: validSchema, translations })
type Reported = z.infer<typeof toldByRuntime>

async function askRuntime(endpoint: InstanceEndpoint): Promise<Reported | null> {
  try {
    const { statusCode, body } = await requestAt(endpoint, '/info', {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await limitedText(body, longest)
    return statusCode === 200 ? (toldByRuntime.safeParse(JSON.parse(text)).data ?? null) : null
  } catch (error) {
    // What it does not report in time, or in another form, stays unknown.
    if (error instanceof Error) return null
    throw error
  }
}

/**
 * Whether a schema says nothing: it only says that the value is an object, without fields. The runtime has the same rule
 * (`says_nothing`), because it checks requests by what it completes. Pure.
 */
export const saysNothing = ({ properties, type = 'object', ...rest }: JsonSchema): boolean =>
  Object.keys(properties ?? {}).length === 0 && type === 'object' && Object.keys(rest).length === 0

/** A manifest, completed with what the runtime reports where the manifest says nothing. Pure. */
export function withReported(manifest: Manifest, reported: Reported): Manifest {
  const { zh, en } = manifest.translations ?? {}
  return {
    ...manifest,
    input: saysNothing(manifest.input) ? reported.input : manifest.input,
    parameters: saysNothing(manifest.parameters) ? reported.parameters : manifest.parameters,
    translations: {
      ...((zh ?? reported.translations.zh) && { zh: { ...reported.translations.zh, ...zh } }),
      en: { ...reported.translations.en, ...en },
    },
  }
}

/**
 * Stores with the release what a model or a signature says about its input and parameters, so that the stage has a form for
 * them. Resolves with words about it; empty for packages that report nothing.
 */
export async function storeReportedSchemas(
  deps: { releases: Pick<DeployDeps['releases'], 'update'> },
  {
    service,
    release,
  }: { service: Pick<Deploy['service'], 'id'>; release: Pick<Deploy['release'], 'manifest' | 'number'> },
  endpoint: InstanceEndpoint,
): Promise<Words> {
  const { manifest, number } = release
  const words = toldFrom.get(manifest.form)
  if (words === undefined) return wordsOf('')
  const reported = await askRuntime(endpoint)
  if (reported === null) return wordsOf('')
  await deps.releases.update(service.id, number, { manifest: withReported(manifest, reported) })
  return words
}
