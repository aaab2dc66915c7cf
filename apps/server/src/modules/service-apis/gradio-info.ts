import {
  apiOperation,
  json,
  type ApiAnswer,
  type ApiField,
  type ApiInputKind,
  type Json,
  type JsonSchema,
} from '@vitrine/contract'
import { resultKindNames, resultKinds, type ResultKind } from '@vitrine/contract/results'
import { isObject } from '@vitrine/contract/schema-check'
import { z } from 'zod'
import { documentBounds, isSmall, textOf, type Part } from './openapi-document.ts'
import type { ReadField, ReadOperation } from './openapi-operation.ts'
import { newBudget, simpleSchema } from './openapi-schema.ts'
import type { OperationName, ReadDocument } from './document-content.ts'

const part = z.record(z.string(), z.unknown()).catch({})
const component = z.looseObject({
  label: z.string().catch(''),
  component: z.string().catch(''),
  type: part.default({}),
})
const parameter = component.extend({
  parameter_name: z.string().nullish().catch(null),
  parameter_has_default: z.boolean().nullish().catch(null),
  parameter_default: z.unknown().optional(),
})
const endpoint = z.looseObject({
  parameters: z.array(parameter).max(100),
  returns: z.array(component).max(100),
  description: z.string().nullish().catch(null),
  show_api: z.boolean().nullish().catch(null),
  api_visibility: z.string().nullish().catch(null),
})
const gradioInfo = z.looseObject({ named_endpoints: z.record(z.string(), endpoint) })

type Parameter = z.infer<typeof parameter>
type Endpoint = z.infer<typeof endpoint>

const inputMedia = ['image', 'audio', 'video', 'file'] as const

/** What a person enters for a component that takes a file. */
const mediumOf = ({ component: name, type }: Parameter): ApiInputKind | undefined =>
  isList(type) ? undefined : inputMedia.find((kind) => resultKinds[kind].gradio.components.includes(name))

const isList = ({ type }: Part) => type === 'array'

/** The kind of result that a component gives. */
const kindOf = ({ component: name, type }: z.infer<typeof component>): ResultKind | undefined =>
  isList(type)
    ? undefined
    : resultKindNames.find((kind) => resultKinds[kind].gradio.components.includes(name))

/** How the first of what an endpoint returns is shown that is more than a value of any form, else its first. */
function answerOf({ returns }: Endpoint): ApiAnswer {
  const kinds = returns.map(kindOf)
  const at = Math.max(
    0,
    kinds.findIndex((kind) => kind !== undefined),
  )
  const kind = kinds[at] ?? 'json'
  const { components: _components, path = [], ...names } = resultKinds[kind].gradio
  return { kind, path: ['data', at, ...path], ...names }
}

/** The bounds of a slider, which Gradio states only as text. */
function boundsIn(schema: Part): JsonSchema {
  const number = String.raw`(-?\d+(?:\.\d+)?)`
  const [, minimum, maximum] =
    new RegExp(`between ${number} and ${number}`).exec(textOf(schema.description)) ?? []
  return { ...(minimum && { minimum: Number(minimum) }), ...(maximum && { maximum: Number(maximum) }) }
}

function fieldOf(given: Parameter, at: number): ReadField {
  const { label, type, parameter_name, parameter_has_default, parameter_default } = given
  const inputKind = mediumOf(given)
  const otherwise: Json = json.safeParse(parameter_default).data ?? null
  const schema = simpleSchema(type, type, newBudget())
  const hasDefault = parameter_has_default === true
  return {
    name: parameter_name ?? `param_${at}`,
    place: 'body',
    // A file can be left out: a stage has one input, and there can be several.
    required: !hasDefault && inputKind === undefined,
    title: textOf(label) || (parameter_name ?? ''),
    description: '',
    media: inputKind === undefined ? null : 'base64',
    schema: {
      ...schema,
      ...boundsIn(type),
      ...(hasDefault && isSmall(otherwise) && otherwise !== null && { default: otherwise }),
    },
    position: { at, otherwise },
    ...(inputKind && { inputKind }),
  }
}

/** Where the endpoints of a Gradio app are called, as seen from its document: `/gradio_api/call`, or `/run` of older ones. */
export type GradioPaths = { call: string }

const pathOf = ({ call }: GradioPaths, name: string) => `${call}/${name.replace(/^\/+/, '')}`

const isShown = ({ show_api: shown, api_visibility: seen }: Endpoint) =>
  shown !== false && (seen ?? 'public') === 'public'

/**
 * Reads what a Gradio app says of its endpoints (`/gradio_api/info`), each as an operation. Null for anything else. What an
 * author has called by no name is not an API. Pure.
 */
export function readGradioInfo(
  text: string,
  paths: GradioPaths,
  named: OperationName | null,
): ReadDocument | null {
  if (text.length > documentBounds.bytes) return null
  let written: unknown
  try {
    written = JSON.parse(text)
  } catch {
    return null
  }
  const info = isObject(written) ? gradioInfo.safeParse(written).data : undefined
  if (!info) return null
  const endpoints = Object.entries(info.named_endpoints).filter(
    ([name, one]) => isShown(one) && apiOperation.shape.path.safeParse(pathOf(paths, name)).success,
  )
  const listed = endpoints.slice(0, documentBounds.operations)
  const found = listed.find(([name]) => named?.method === 'POST' && pathOf(paths, name) === named.path)
  return {
    title: 'Gradio',
    operations: listed.map(([name, { description }]) => ({
      method: 'POST',
      path: pathOf(paths, name),
      summary: textOf(description),
      described_by: 'document',
    })),
    total: endpoints.length,
    operation: found ? operationOf(pathOf(paths, found[0]), found[1]) : null,
  }
}

const operationOf = (path: string, found: Endpoint): ReadOperation => ({
  method: 'POST',
  path,
  summary: textOf(found.description),
  description: '',
  body: 'json',
  fields: found.parameters.map(fieldOf),
  answers: 'application/json',
  answer: answerOf(found),
})

/** Where an OpenAPI document of a server says that its Gradio app is called. Null if it has none. Pure. */
export function gradioIn({
  operations,
}: Pick<ReadDocument, 'operations'>): (GradioPaths & { info: string }) | null {
  const at = (ending: string) => {
    const found = operations.find(({ method, path }) => method === 'POST' && path.endsWith(ending))
    return found?.path.slice(0, -'/{api_name}'.length)
  }
  const call = at('/call/{api_name}') ?? at('/run/{api_name}')
  return call === undefined ? null : { call, info: `${call.replace(/\/(call|run)$/, '')}/info` }
}

/** Whether an operation is an endpoint of Gradio, as {@link readGradioInfo} reads them. Pure. */
export const isGradio = ({ fields }: { fields: readonly Pick<ApiField, 'position'>[] }): boolean =>
  fields.some(({ position }) => position !== undefined)
