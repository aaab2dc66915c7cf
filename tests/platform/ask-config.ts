import { expect } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'

/** What a change of the configuration is answered with. */
export const changedConfig = configEndpoints['POST /config/{key}'].response

/** The status and the body of an answer. */
export async function ask(person: ApiClient, method: string, path: string, json?: object) {
  const response = await person.request(method, path, { ...(json && { json }) })
  const text = await response.text()
  const body: unknown = text === '' ? null : JSON.parse(text)
  return { status: response.status, body }
}

/** Sets a value and waits until the running instances have it. */
export async function setConfig(person: ApiClient, key: string, body: object) {
  const answer = await person.post(`/config/${key}`, changedConfig, body)
  if (answer.task_id !== null) expect((await person.taskEnd(answer.task_id)).state).toBe('succeeded')
  return answer
}
