import type { FastifyInstance } from 'fastify'

/** Sends requests to the API as somebody with this role. */
export const senderOf =
  (app: FastifyInstance) =>
  (role: string, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
    app.inject({
      method,
      url: `/api/v1${url}`,
      headers: { 'x-test-role': role },
      ...(payload && { payload }),
    })
