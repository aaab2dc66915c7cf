import type { Json, Language } from './common.ts'
import type { JsonSchema } from './json-schema.ts'
import type { Manifest, ShownManifest } from './manifest.ts'
import { textIn, translationsOf, type Translations } from './translations.ts'

/** Keywords of JSON Schema whose value is a schema or a list of schemas. */
const holdsSchemas: ReadonlySet<string> = new Set([
  'items',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'contentSchema',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
])
/** Keywords whose value maps names to schemas. The author chooses the names, so they may look like keywords. */
const holdsNamedSchemas: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
])

type Say = (text: string) => string

const isObject = (value: Json): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const sayWhereText = (value: Json, say: Say): Json => (typeof value === 'string' ? say(value) : value)
const mapValues = (object: JsonSchema, change: (value: Json, key: string) => Json): JsonSchema =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))

/**
 * Translates the value of a keyword. Data (`default`, `enum`, `const` …) and values for programs (`x-name` …)
 * stay unchanged.
 */
function keywordIn(value: Json, keyword: string, say: Say): Json {
  if (keyword === 'title' || keyword === 'description') return sayWhereText(value, say)
  if (keyword === 'x-labels')
    return Array.isArray(value) ? value.map((label) => sayWhereText(label, say)) : value
  if (holdsSchemas.has(keyword))
    return Array.isArray(value) ? value.map((each) => anySchemaIn(each, say)) : anySchemaIn(value, say)
  if (holdsNamedSchemas.has(keyword) && isObject(value))
    return mapValues(value, (each) => anySchemaIn(each, say))
  return value
}

const schemaIn = (schema: JsonSchema, say: Say): JsonSchema =>
  mapValues(schema, (value, keyword) => keywordIn(value, keyword, say))
// A schema may also be `true` or `false`.
const anySchemaIn = (schema: Json, say: Say): Json => (isObject(schema) ? schemaIn(schema, say) : schema)

/** Applies `say` to every text that people read. */
const said = (manifest: ShownManifest, say: Say): ShownManifest => ({
  ...manifest,
  name: say(manifest.name),
  description: say(manifest.description),
  input: schemaIn(manifest.input, say),
  parameters: schemaIn(manifest.parameters, say),
  output: schemaIn(manifest.output, say),
  examples: manifest.examples.map((example) => ({ ...example, name: say(example.name) })),
  quality: manifest.quality.map(say),
})

/**
 * Returns a manifest for readers of a language. Names, descriptions, titles, labels and stated quality are replaced by
 * their translations, if there are any. Values for programs stay unchanged: ids, values, names of outputs, inputs of
 * examples. Translations of results are included only for this language. The mapped operation, which may contain fixed
 * values, and the values of variables are left out. Pure.
 */
export function inLanguage(manifest: Manifest, language: Language): ShownManifest {
  const {
    translations,
    result_translations: results,
    operation: _operation,
    defaults: _defaults,
    ...written
  } = manifest
  const words = results?.[language]
  const shown = words ? { ...written, result_words: words } : written
  return translations?.[language] ? said(shown, textIn(translations, language)) : shown
}

/** Returns every text of a manifest that people read, so that it can be translated. Pure. */
export function textsOf(manifest: Manifest): Set<string> {
  const texts = new Set<string>()
  said(manifest, (text) => {
    if (text !== '') texts.add(text)
    return text
  })
  return texts
}

/**
 * Returns only the translations of a manifest's name, which are stored with things that have this name. Pure.
 */
export const nameTranslations = (manifest: Pick<Manifest, 'name' | 'translations'>): Translations =>
  translationsOf(manifest.translations, [manifest.name])
