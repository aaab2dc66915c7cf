import { z } from 'zod'
import { batchActions, groupColours } from '../choices.ts'
import { rowId, slug, taskAccepted, timestamp } from '../common.ts'
import { longest } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

/** The colours of groups, by name. The web pages give each a hue for both themes. */
export const groupColour = z.enum(groupColours)
/** The colours of groups. */
export type GroupColour = z.infer<typeof groupColour>

/** A named set of services. A service is in one group or in none. */
export const serviceGroup = z.object({
  id: rowId,
  name: z.string(),
  colour: groupColour,
  position: z.number().int().describe('order among the groups, from 0'),
  services: z.number().int().describe('how many are in it'),
  created_at: timestamp,
})
/** A named set of services. */
export type ServiceGroup = z.infer<typeof serviceGroup>

const groupInput = z.strictObject({
  name: z.string().trim().min(1).max(longest.groupName),
  colour: groupColour,
})
const idParams = z.object({ id: rowId })

/** An action on many services at once. */
export const batchAction = z.enum(batchActions)
/** An action on many services at once. */
export type BatchAction = z.infer<typeof batchAction>

const howMany = z.number().int().min(1).max(64).optional()
/** Which services, and the action on them. Exactly one of `service_ids`, `group_id`, `all`. */
export const batchRequest = z.union([
  z.strictObject({
    action: batchAction,
    service_ids: z.array(slug).min(1).max(2000),
    at_once: howMany.describe('how many at a time; by default as many as the machine can take'),
  }),
  z.strictObject({ action: batchAction, group_id: rowId, at_once: howMany }),
  z.strictObject({ action: batchAction, all: z.literal(true), at_once: howMany }),
])
/** Which services, and the action on them. */
export type BatchRequest = z.infer<typeof batchRequest>

/** Result of the task of a batch. */
export const batchResult = z.array(
  z.object({
    service_id: slug,
    ok: z.boolean(),
    changed: z
      .boolean()
      .optional()
      .describe('of a start or stop: false if the service was meant to be so before'),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
)

/** Groups of services, and actions on many services. */
export const serviceGroupEndpoints = defineEndpoints({
  'GET /service-groups': {
    summary: 'Groups, in order',
    access: 'services.read',
    status: 200,
    response: z.object({ items: z.array(serviceGroup), total: z.number().int() }),
  },
  'POST /service-groups': {
    summary: 'Create a group at the end',
    access: 'services.operate',
    body: groupInput,
    status: 201,
    response: serviceGroup,
  },
  'PUT /service-groups/order': {
    summary: 'Set the order of all groups',
    access: 'services.operate',
    body: z.strictObject({ ids: z.array(rowId).max(1000) }),
    status: 200,
    response: z.object({ items: z.array(serviceGroup), total: z.number().int() }),
  },
  'GET /service-groups/{id}': {
    summary: 'A group',
    access: 'services.read',
    params: idParams,
    status: 200,
    response: serviceGroup,
  },
  'PATCH /service-groups/{id}': {
    summary: 'Change its name or colour',
    access: 'services.operate',
    params: idParams,
    body: groupInput.partial(),
    status: 200,
    response: serviceGroup,
  },
  'DELETE /service-groups/{id}': {
    summary: 'Delete a group; its services are kept in no group',
    access: 'services.operate',
    params: idParams,
    status: 204,
    response: null,
  },
  'POST /services/batch': {
    summary: 'Start, stop, restart or deploy many services; the task’s result lists each',
    access: 'services.operate',
    about: 'loaded',
    body: batchRequest,
    status: 202,
    response: taskAccepted,
  },
})
