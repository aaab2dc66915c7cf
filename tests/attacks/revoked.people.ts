import { userEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { testPassword } from '../support/platform.ts'

const added = userEndpoints['POST /users'].response

/** Somebody with a sign-in. */
type Person = { id: string; client: ApiClient }

/** Adds somebody whose name was not used before, and signs them in. */
export async function newPerson(admin: ApiClient): Promise<Person> {
  const username = `person-${crypto.randomUUID().slice(0, 8)}`
  const { id } = await admin.post('/users', added, { username, password: testPassword, role: 'user' })
  return { id, client: await admin.with(null).signIn(username, testPassword) }
}

type Revoke = (admin: ApiClient, person: Person) => Promise<Response>
const change =
  (json: object): Revoke =>
  (admin, { id }) =>
    admin.request('PATCH', `/users/${id}`, { json })

/** Everything that revokes a sign-in, by what happens to the person. */
export const revocations: [string, Revoke][] = [
  ['signs out', (_admin, { client }) => client.request('POST', '/auth/logout')],
  ['is disabled', change({ disabled: true })],
  ['is removed', (admin, { id }) => admin.request('DELETE', `/users/${id}`)],
  ['gets another password', change({ password: 'another password' })],
  ['gets another role', change({ role: 'viewer' })],
]
