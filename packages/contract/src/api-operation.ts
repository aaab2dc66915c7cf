import { z } from 'zod'
import { apiBodies, apiMethods, apiPlaces, writtenFieldTypes } from './choices.ts'
import { json, slug } from './common.ts'
import { jsonSchema } from './json-schema.ts'
import { foreignKindNames } from './results.ts'

/** The part of a request that contains a field. `whole` is the complete body. */
export const apiPlace = z.enum(apiPlaces)
/** The part of a request that contains a field. */
export type ApiPlace = z.infer<typeof apiPlace>

/** How the body of a request is written. `raw` is the bytes of a file. */
export const apiBody = z.enum(apiBodies)
/** How the body of a request is written. */
export type ApiBody = z.infer<typeof apiBody>

/** How a person enters the input of a mapped operation. */
export const apiInputKind = z.enum(['text', 'image', 'audio', 'video', 'file', 'json'])
/** How a person enters the input of a mapped operation. */
export type ApiInputKind = z.infer<typeof apiInputKind>

/** Where the value of a field comes from: the input, a parameter of the same name, or a value that never changes. */
const apiValue = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('input'), kind: apiInputKind }),
  z.strictObject({ from: z.literal('parameter') }),
  z.strictObject({ from: z.literal('fixed'), value: json }),
])

const fieldName = z
  .string()
  .max(200)
  .regex(/^[^\r\n\0]*$/)
  .describe('its name at the service; "" for the whole body')

/** A field of a request, with its value. Fields that are not named are not sent. */
export const apiField = z.strictObject({
  name: fieldName,
  place: apiPlace,
  value: apiValue,
  send: z
    .enum(['value', 'file', 'base64', 'data_url'])
    .describe('how the value is written; all but `value` are for media'),
  position: z
    .strictObject({
      at: z.number().int().min(0).max(99),
      otherwise: json.describe('what stands there without a value'),
    })
    .optional()
    .describe('its place in the list `data`, where a service takes values by their order, as Gradio does'),
})
/** A field of a request, with its value. */
export type ApiField = z.infer<typeof apiField>

const memberName = z.string().max(200)

/** A field of an operation that no document describes, as a person wrote it or as the code shows it. */
export const writtenField = z.strictObject({
  name: fieldName,
  place: apiPlace,
  type: z.enum(writtenFieldTypes),
  required: z.boolean(),
})
/** A field of an operation that no document describes. */
export type WrittenField = z.infer<typeof writtenField>

/** All fields of an operation that no document describes. */
export const writtenFields = z.array(writtenField).max(100)

/** Which part of an answer is the result, and how it is read. */
export const apiAnswer = z.strictObject({
  kind: z.enum(foreignKindNames),
  path: z
    .array(z.union([z.string().max(200), z.number().int().min(0)]))
    .max(20)
    .describe('the place in the JSON of the answer; empty for the whole answer'),
  label: memberName.optional().describe('the member with the label, where the kind has labels'),
  score: memberName.optional().describe('the member with the score, where the kind has scores'),
  box: memberName
    .optional()
    .describe(
      'the member with the box, where the kind has boxes; "" if its numbers are members of the object itself',
    ),
  corners: z
    .enum(['xyxy', 'xywh'])
    .optional()
    .describe('the four numbers of a box: two corners, or a corner, width and height'),
})
/** Which part of an answer is the result, and how it is read. */
export type ApiAnswer = z.infer<typeof apiAnswer>

const onlyOneInput = (fields: readonly ApiField[]) =>
  fields.filter(({ value }) => value.from === 'input').length === 1

/**
 * An operation of a service's own API that is called in place of `predict`. One element is the value of the input
 * field, the parameters are the values of the other fields, and one answer becomes one output.
 */
export const apiOperation = z.strictObject({
  method: z.enum(apiMethods),
  path: z
    .string()
    .max(500)
    .regex(/^\/(?!\/)[^?#\s\\]*$/)
    .describe('with the names of path fields in braces'),
  body: apiBody,
  fields: z.array(apiField).max(100).refine(onlyOneInput, 'exactly one field is the input'),
  answer: apiAnswer,
})
/** An operation of a service's own API that stands for `predict`. */
export type ApiOperation = z.infer<typeof apiOperation>

/** A stored operation with the schemas that follow from the API's description. */
export const mappedApi = z.object({
  operation: apiOperation,
  input: jsonSchema,
  parameters: jsonSchema,
  output: jsonSchema,
  written: writtenFields.optional().describe('its fields, if a person wrote them; absent if a document did'),
})
/** A stored operation with the schemas that follow from the API's description. */
export type MappedApi = z.infer<typeof mappedApi>

/** A field that an operation takes, as the API describes it. */
export const apiFieldInfo = z.object({
  name: z.string(),
  place: apiPlace,
  required: z.boolean(),
  title: z.string(),
  description: z.string(),
  media: z.enum(['file', 'base64']).nullable().describe('how it takes a media file; null if it takes none'),
  schema: jsonSchema,
})
/** A field that an operation takes, as the API describes it. */
export type ApiFieldInfo = z.infer<typeof apiFieldInfo>

/** An operation in a list. */
export const apiOperationBrief = z.object({
  method: z.string(),
  path: z.string(),
  summary: z.string(),
  described_by: z
    .enum(['document', 'code', 'hand'])
    .describe('its OpenAPI document, a route in the code of the package, or a person'),
})
/** An operation in a list. */
export type ApiOperationBrief = z.infer<typeof apiOperationBrief>

/** The API of a service: what describes it, and its operations. */
export const apiOverview = z.object({
  service_id: slug,
  source: z.string().nullable().describe('where the document was found; null if there is none'),
  missing: z
    .object({
      why: z.enum(['none', 'too_large', 'not_openapi', 'too_slow']),
      looked_for: z.array(z.string()),
      code: z
        .enum(['read', 'too_slow'])
        .describe('whether the code was read for routes, or reading it took too long or too much memory'),
    })
    .nullable()
    .describe('why there is no document, and the addresses and files that were asked; null if there is one'),
  title: z.string(),
  operations: z.array(apiOperationBrief),
  total: z.number().int().describe('how many there are, including those that are not listed'),
  current: apiOperation.nullable().describe('the operation that is mapped now'),
})
/** The API of a service. */
export type ApiOverview = z.infer<typeof apiOverview>
