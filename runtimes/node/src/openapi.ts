import type { Manifest } from '@vitrine/contract'

const plain = (description: string) => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
})

function predictOperation(manifest: Manifest) {
  const schema = {
    type: 'object',
    required: ['input_data'],
    properties: {
      input_data: { type: 'array', items: manifest.input },
      batch_id: { type: 'string', maxLength: 200 },
      parameters: Object.keys(manifest.parameters).length > 0 ? manifest.parameters : { type: 'object' },
    },
  }
  const examples = Object.fromEntries(
    manifest.examples.map(({ name, input_data, parameters }) => [
      name,
      { value: { input_data, parameters } },
    ]),
  )
  return {
    summary: 'Run the algorithm on a list of inputs',
    requestBody: {
      required: true,
      content: { 'application/json': { schema, ...(manifest.examples.length > 0 && { examples }) } },
    },
    responses: {
      200: plain('All or some elements succeeded'),
      202: plain('Prefer: respond-async: the result is at Location'),
      422: plain('The request or every element is invalid'),
      500: plain('Every element failed'),
      503: plain('The service is not ready'),
    },
  }
}

/** Returns the OpenAPI document of one algorithm's service, with the schemas of its input and parameters. */
export function openapiDocument(manifest: Manifest) {
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
  return {
    openapi: '3.1.0',
    info: { title: manifest.name, version: manifest.version, description: manifest.description },
    paths: {
      '/predict': { post: predictOperation(manifest) },
      '/predict/{id}': {
        parameters: [id],
        get: {
          summary: 'A kept prediction: its answer, or its events (Accept: text/event-stream)',
          responses: {
            200: plain('The answer'),
            202: plain('Not finished yet'),
            404: plain('Unknown or expired'),
          },
        },
        delete: {
          summary: 'End a kept prediction and forget it',
          responses: { 204: { description: 'Done' }, 404: plain('Unknown or expired') },
        },
      },
      '/health': {
        get: { summary: 'Health', responses: { 200: plain('READY or BUSY'), 503: plain('Not ready') } },
      },
      '/info': {
        get: { summary: 'The manifest of the algorithm', responses: { 200: plain('The manifest') } },
      },
    },
  }
}
