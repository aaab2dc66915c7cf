import Ajv2020 from 'ajv/dist/2020.js'
import {
  batching,
  healthCheck,
  newSlug,
  textsOf,
  usesRuntime,
  type Json,
  type JsonSchema,
  type Manifest,
  type ManifestSource,
} from '@vitrine/contract'
import { isStorable } from '../../../lib/storable-text.ts'
import type { Finding } from '../../sources/finding.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { has, say, type Plan } from './plan.ts'
import type { Naming } from './naming.ts'
import { guessTask, mediaPaths } from './schema-kinds.ts'

const noParameters = { type: 'object', properties: {} }

/** Servers of packages need not have a health path. Null: it is looked for when they are first started. */
const usualHealthPath = (plan: Plan): string | null =>
  plan.healthPath ?? (usesRuntime(plan) ? '/health' : null)

/** What only an image can have, as a file such as `cog.yaml` and `algorithm.yaml` state it. */
function imageOf({ image }: Plan, { system_packages: stated = [] }: ManifestSource): Pick<Manifest, 'image'> {
  const packages = [...new Set([...(image?.system_packages ?? []), ...stated])]
  const run = image?.run ?? []
  return packages.length + run.length > 0 ? { image: { system_packages: packages, run } } : {}
}

/** What is not in the stated manifest: the id, title and description, and the values of variables. */
type FromElsewhere = Pick<Naming, 'id' | 'name'> & { about?: string; defaults?: Record<string, Json> }

/** The manifest with every missing field inferred. */
export function fillManifest(
  plan: Plan,
  stated: ManifestSource,
  { id, name, about = '', defaults = {} }: FromElsewhere,
): Manifest {
  const input = stated.input ?? plan.input ?? {}
  const output = stated.output ?? {}
  return {
    id,
    name,
    version: stated.version ?? '1.0.0',
    description: stated.description ?? about,
    task: stated.task ?? guessTask(input, output),
    runtime: plan.runtime,
    form: plan.form,
    entry: plan.entry,
    ...(plan.launch && { launch: plan.launch }),
    ...(stated.python !== undefined && { python: stated.python }),
    ...imageOf(plan, stated),
    input,
    parameters: stated.parameters ?? plan.parameters ?? noParameters,
    output,
    examples: stated.examples ?? [],
    health: healthCheck.parse({ path: usualHealthPath(plan), ...stated.health }),
    resources: stated.resources ?? {},
    concurrency: stated.concurrency ?? 1,
    ...(stated.max_waiting !== undefined && { max_waiting: stated.max_waiting }),
    batch: batching.parse(stated.batch ?? {}),
    env: stated.env ?? [],
    ...(Object.keys(defaults).length > 0 && { defaults }),
    quality: stated.quality ?? [],
    cover: stated.cover ?? null,
    ...(stated.models && stated.models.length > 0 && { models: stated.models }),
    ...(stated.translations && { translations: stated.translations }),
    ...(stated.result_translations && { result_translations: stated.result_translations }),
  }
}

const schemas = new Ajv2020({ strict: false, validateFormats: false })

/** Whether this is a JSON Schema. */
export const isValidSchema = (schema: JsonSchema): boolean => schemas.validateSchema(schema) === true

function schemaProblems(manifest: Manifest, path: string): Finding[] {
  return (['input', 'parameters', 'output'] as const).flatMap((field) => {
    if (isValidSchema(manifest[field])) return []
    const reason = schemas.errorsText(schemas.errors, { dataVar: field })
    const text = say(
      `${field} 不是有效的 JSON Schema：${reason}`,
      `${field} is not a valid JSON Schema: ${reason}`,
    )
    return [{ code: 'manifest.schema_invalid', path, text }]
  })
}

function exampleProblems(manifest: Manifest, view: PackageView): Finding[] {
  return manifest.examples.flatMap((example) => {
    const missing = example.input_data
      .flatMap((element) => mediaPaths(manifest.input, element))
      .filter((path) => !has(view, path))
      .map((path) => ({
        code: 'manifest.example_missing',
        path,
        text: say(
          `示例「${example.name}」用到的文件 ${path} 不在包里`,
          `The file ${path} of the example "${example.name}" is not in the package`,
        ),
      }))
    const { expect } = example
    if (expect === undefined || expect.length === example.input_data.length) return missing
    const text = say(
      `示例「${example.name}」有 ${example.input_data.length} 个输入，expect 却有 ${expect.length} 项`,
      `The example "${example.name}" has ${example.input_data.length} inputs but ${expect.length} entries in expect`,
    )
    return [...missing, { code: 'manifest.example_expect', text }]
  })
}

/** The parts of a manifest that cannot be stored. Its files can write such characters by escapes. */
const unstorableProblems = (manifest: Manifest, path: string): Finding[] =>
  Object.entries(manifest).flatMap(([field, value]) => {
    if (isStorable(value)) return []
    const text = say(
      `${field} 中含有无法保存的字符（U+0000，或半个代理对字符）`,
      `${field} has a character that cannot be stored (U+0000, or half of a surrogate pair)`,
    )
    return [{ code: 'manifest.text_unstorable', path, text }]
  })

/** Problems of a filled manifest that do not fit the package. Each of them prevents storing it. */
export function manifestProblems(manifest: Manifest, view: PackageView, path: string): Finding[] {
  const problems = [
    ...schemaProblems(manifest, path),
    ...exampleProblems(manifest, view),
    ...unstorableProblems(manifest, path),
  ]
  if (!newSlug.safeParse(manifest.id).success) {
    const text = say(`id ${manifest.id} 是保留字`, `The id ${manifest.id} is a reserved word`)
    problems.push({ code: 'manifest.id_reserved', path, text })
  }
  if (manifest.cover !== null && !has(view, manifest.cover)) {
    const text = say(`封面 ${manifest.cover} 不在包里`, `The cover ${manifest.cover} is not in the package`)
    problems.push({ code: 'manifest.cover_missing', path: manifest.cover, text })
  }
  return problems
}

/** Warnings for translations whose original text is not in the manifest, because it was misspelt or has changed. */
export function translationWarnings(manifest: Manifest, stated: ManifestSource, path: string): Finding[] {
  // The uploader may give another title, but the stated one may still be translated.
  const texts = textsOf({ ...manifest, name: stated.name ?? manifest.name })
  return Object.entries(manifest.translations ?? {}).flatMap(([language, words]) =>
    Object.keys(words)
      .filter((written) => !texts.has(written))
      .map((written) => ({
        code: 'manifest.translation_unused',
        path,
        text: say(
          `translations.${language} 中的“${written}”与清单中的任何文字都不相同，不会生效；请与原文保持完全一致`,
          `“${written}” in translations.${language} does not match any text of this manifest, so it has no effect. Write it exactly as in the manifest`,
        ),
      })),
  )
}
