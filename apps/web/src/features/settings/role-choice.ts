import type { Role } from '@vitrine/contract'
import { roles } from '@vitrine/contract/choices'

/** What the API is told of a chosen role: the name of a built-in one, or the id of a custom one. Pure. */
export const roleBody = (choice: string): { role: Role; custom_role_id: string | null } => {
  const role = roles.find((each) => each === choice)
  return role === undefined ? { role: 'user', custom_role_id: choice } : { role, custom_role_id: null }
}
