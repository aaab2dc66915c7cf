import type { Role } from '@vitrine/contract'
import { roles } from '@vitrine/contract/choices'

/** A chosen role in the form of the API: the name of a built-in role, or the id of a custom one. Pure. */
export const roleBody = (choice: string): { role: Role; custom_role_id: string | null } => {
  const role = roles.find((each) => each === choice)
  return role === undefined ? { role: 'user', custom_role_id: choice } : { role, custom_role_id: null }
}
