import { z } from 'zod'
import {
  apiAnswer,
  apiBody,
  apiFieldInfo,
  apiOperation,
  apiOperationBrief,
  apiOverview,
  writtenFields,
} from '../api-operation.ts'
import { json, slug } from '../common.ts'
import { jsonSchema } from '../json-schema.ts'
import { prediction } from '../protocol.ts'
import { defineEndpoints } from './endpoint.ts'

/** An operation with what it takes, and the platform's suggestion for its stage. */
export const apiOperationInfo = apiOperationBrief.extend({
  description: z.string(),
  body: apiBody,
  fields: z.array(apiFieldInfo),
  written: writtenFields
    .nullable()
    .describe('its fields as they can be written by hand; null if a document describes them'),
  suggestion: apiOperation.nullable().describe('null if the operation has no field that could be the input'),
})
/** An operation with what it takes, and the platform's suggestion for its stage. */
export type ApiOperationInfo = z.infer<typeof apiOperationInfo>

/** A test call: one call of an operation on real data, before it is saved. */
export const apiTestCall = z.object({
  status: z.number().int().nullable().describe('of HTTP; null if there was no answer'),
  mime: z.string(),
  took_s: z.number(),
  answer: json.describe('the answer if it is JSON, as much of it as can be shown; else null'),
  suggestions: z.array(apiAnswer).describe('how the answer can be shown, best first'),
  prediction: prediction.describe('what the stage would show'),
  is_cut: z
    .boolean()
    .describe('whether that was made from only the first items of each list, because there are very many'),
})
/** A test call: one call of an operation on real data, before it is saved. */
export type ApiTestCall = z.infer<typeof apiTestCall>

const idParams = z.object({ id: slug })
const element = z.strictObject({ input: json, parameters: z.record(z.string(), json).default({}) })

const written = writtenFields
  .optional()
  .describe('all fields that the operation takes, if no document describes it')

/** The APIs of packages that bring their own server. One operation of an API can be called in place of `predict`. */
export const serviceApiEndpoints = defineEndpoints({
  'GET /services/{id}/api': {
    summary:
      'The operations of the API of a service that brings its own server, from its OpenAPI document or the routes in its code',
    access: 'services.operate',
    about: 'service',
    params: idParams,
    status: 200,
    response: apiOverview,
  },
  'GET /services/{id}/api/operation': {
    summary: 'What an operation of that API takes, with a suggestion for its stage',
    access: 'services.operate',
    about: 'service',
    params: idParams,
    query: z.object({ method: z.string().max(10), path: z.string().max(500) }),
    status: 200,
    response: apiOperationInfo,
  },
  'POST /services/{id}/api/try': {
    summary: 'Call an operation on real data, and see what the stage would show',
    access: 'services.operate',
    about: 'service',
    params: idParams,
    body: element.extend({ operation: apiOperation, written }),
    status: 200,
    response: apiTestCall,
  },
  'PUT /services/{id}/api': {
    summary: 'Use an operation in place of `predict`, on the stage and in runs, comparisons and share links',
    access: 'services.operate',
    about: 'service',
    params: idParams,
    body: z.strictObject({
      operation: apiOperation,
      written,
      example: element.extend({ name: z.string().min(1).max(200) }).optional(),
    }),
    status: 200,
    response: z.object({ input: jsonSchema, parameters: jsonSchema, output: jsonSchema }),
  },
  'DELETE /services/{id}/api': {
    summary: 'Give the stage back to what the package itself offers',
    access: 'services.operate',
    about: 'service',
    params: idParams,
    status: 204,
    response: null,
  },
})
