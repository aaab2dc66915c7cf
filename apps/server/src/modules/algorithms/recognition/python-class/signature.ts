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
 * The schema of the parameters in a signature such as `predict(self, input_data, top_k=3)`. Only parameters
 * with a literal default count. Undefined if there are none.
 */
export function parametersOfPredict(holder: PythonClass): JsonSchema | undefined {
  const predict = holder.methods.find((method) => method.name === 'predict')
  const properties: { [key: string]: Json } = {}
  for (const parameter of predict?.parameters ?? []) {
    const schema = schemaOf(parameter)
    if (schema) properties[parameter.name] = { ...schema, 'x-order': Object.keys(properties).length }
  }
  return Object.keys(properties).length > 0 ? { type: 'object', properties } : undefined
}
