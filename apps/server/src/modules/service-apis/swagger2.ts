import { isObject } from '@vitrine/contract/schema-check'

type Part = Record<string, unknown>
/** Follows the references of a value within its document. */
type Resolve = (value: unknown) => Part

/** More parameters than any operation has. */
const mostParameters = 100
const methods = ['get', 'post', 'put', 'patch']
/** What describes a value beside a parameter in Swagger 2, and in its schema in OpenAPI 3. */
const schemaWords = [
  'type',
  'format',
  'enum',
  'items',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
]

const isPresent = ([, value]: [string, unknown]) => value !== undefined

function schemaOf(parameter: Part): Part {
  if (parameter.type === 'file')
    return { type: 'string', format: 'binary', description: parameter.description }
  const words = schemaWords.map((word): [string, unknown] => [word, parameter[word]])
  return Object.fromEntries(
    [...words, ['description', parameter.description] as [string, unknown]].filter(isPresent),
  )
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

/** The body of an operation: one parameter that is all of it, or those of a form. */
function requestBody(parameters: readonly Part[], consumes: readonly string[]): Part | undefined {
  const whole = parameters.find((one) => one.in === 'body')
  if (whole) {
    const type = consumes.find((one) => one.includes('json')) ?? consumes[0] ?? 'application/json'
    return { required: whole.required === true, content: { [type]: { schema: whole.schema } } }
  }
  const form = parameters.filter((one) => one.in === 'formData' && typeof one.name === 'string')
  if (form.length === 0) return undefined
  const hasFile = form.some(({ type }) => type === 'file')
  const isMultipart = hasFile || consumes.includes('multipart/form-data')
  const type = isMultipart ? 'multipart/form-data' : 'application/x-www-form-urlencoded'
  const required = form.filter((one) => one.required === true).map(({ name }) => name)
  const properties = Object.fromEntries(form.map((one) => [String(one.name), schemaOf(one)]))
  return {
    required: required.length > 0,
    content: { [type]: { schema: { type: 'object', properties, required } } },
  }
}

function responsesOf(operation: Part, produces: readonly string[], resolve: Resolve): Part {
  const types = produces.length > 0 ? produces : ['application/json']
  const entries = Object.entries(isObject(operation.responses) ? operation.responses : {})
  return Object.fromEntries(
    entries.slice(0, mostParameters).map(([status, response]) => {
      const { schema } = resolve(response)
      return [status, { content: Object.fromEntries(types.slice(0, 5).map((type) => [type, { schema }])) }]
    }),
  )
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, mostParameters) : [])

function operationOf(root: Part, item: Part, operation: Part, resolve: Resolve): Part {
  const all = [...listOf(item.parameters), ...listOf(operation.parameters)].map(resolve)
  const consumes = texts(operation.consumes ?? root.consumes)
  const produces = texts(operation.produces ?? root.produces)
  const beside = all.filter((one) => !['body', 'formData'].includes(String(one.in)))
  const body = requestBody(all, consumes)
  return {
    ...operation,
    parameters: beside.map((one) => ({ ...one, schema: schemaOf(one) })),
    ...(body && { requestBody: body }),
    responses: responsesOf(operation, produces, resolve),
  }
}

/**
 * A Swagger 2 document in the form of OpenAPI 3, as far as operations are read from it. References lead to where they
 * led. Pure.
 */
export function openApi3Of(root: Part, resolve: Resolve): Part {
  const base = typeof root.basePath === 'string' ? root.basePath.replace(/(?<!\/)\/+$/, '') : ''
  const paths = Object.entries(isObject(root.paths) ? root.paths : {}).map(([path, value]) => {
    const item = resolve(value)
    const operations = methods.flatMap((method) =>
      isObject(item[method]) ? [[method, operationOf(root, item, item[method], resolve)] as const] : [],
    )
    return [`${base}${path}`, Object.fromEntries(operations)] as const
  })
  return { ...root, openapi: '3.0.0', paths: Object.fromEntries(paths) }
}
