import type { Json, JsonSchema } from '@vitrine/contract'
import type { PythonClass, PythonParameter } from '../python-code/python-source.ts'

/** The schema of a literal default value: a number, boolean or plain string. Null for anything else. */
function schemaOfDefault(source: string): { [key: string]: Json } | null {
  if (/^-?\d[\d_]*$/.test(source)) return { type: 'integer', default: Number(source.replaceAll('_', '')) }
  if (/^-?(\d+\.\d*|\.\d+|\d+(\.\d*)?[eE][+-]?\d+)$/.test(source))
    return { type: 'number', default: Number(source) }
  if (source === 'True' || source === 'False') return { type: 'boolean', default: source === 'True' }
  const text = /^(["'])([^"'\\\n]*)\1$/.exec(source)?.[2]
  return text === undefined ? null : { type: 'string', default: text }
}

const schemaOf = (parameter: PythonParameter) => {
  const schema = parameter.default === null ? null : schemaOfDefault(parameter.default)
  // `threshold: float = 1` accepts fractions too.
  return schema?.type === 'integer' && parameter.annotation === 'float'
    ? { ...schema, type: 'number' }
    : schema
}

/**
 * Whether a signature names nothing that a request may give but these properties. `**parameters` takes every name, and
 * what has no literal default is accepted without being a property.
 */
function isClosed(parameters: readonly PythonParameter[], properties: object): boolean {
  if (parameters.some(({ name }) => name.startsWith('**'))) return false
  const others = parameters.filter(({ name }) => name !== '*' && name !== '/' && !(name in properties))
  return others.length <= (others[0]?.name === 'self' ? 2 : 1)
}

/**
 * The schema of the parameters in a signature such as `predict(self, input_data, top_k=3)`. Only parameters
 * with a literal default count. Other names are refused before a run begins where the runtime would refuse them, also by a
 * signature without parameters. Undefined if the signature says nothing: there is none, or it takes names that it does not show.
 */
export function parametersOfPredict(holder: PythonClass): JsonSchema | undefined {
  const predict = holder.methods.find((method) => method.name === 'predict')
  if (!predict) return undefined
  const properties: { [key: string]: Json } = {}
  const { parameters } = predict
  for (const parameter of parameters) {
    const schema = schemaOf(parameter)
    if (schema) properties[parameter.name] = { ...schema, 'x-order': Object.keys(properties).length }
  }
  if (isClosed(parameters, properties)) return { type: 'object', properties, additionalProperties: false }
  return Object.keys(properties).length === 0 ? undefined : { type: 'object', properties }
}
