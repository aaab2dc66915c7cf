import { isReservedVariable } from '../../shared/config-keys.ts'
import { isRefusal } from '../../api/client.ts'

/** The variables without a value for which the server has refused a deploy. None for any other error. */
export const missingVariablesIn = (error: unknown): string[] => {
  const names = isRefusal(error, 'config.values_missing') ? error.details.names : null
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

/** The variables that a deploy asks for: what the package declares, but for those that the platform sets, and what was missing. Pure. */
export const askedVariables = (declared: readonly string[], missing: readonly string[]): string[] => [
  ...new Set([...declared.filter((name) => !isReservedVariable(name)), ...missing]),
]
