import { isDeepStrictEqual } from 'node:util'
import type { ConfigChange, Json, RequestedChange } from '@vitrine/contract'
import { storedForm } from '../../config-files/config-value-schema.ts'
import type { ConfigScope } from '../scopes/config-scope.ts'
import type { StoredConfig } from '../configs.repository.ts'
import { namesOf } from '../scopes/find-scope.ts'

/** A value that comes from an export or from another service, in clear. */
export type BroughtValue = {
  key: string
  value: Json
  secret: boolean
  /** Undefined if the present description of the value stays. */
  description: string | undefined
}

/** A value that differs from that of a scope: the request that sets it, and the change as people see it. */
export type BroughtChange = { wanted: RequestedChange; change: ConfigChange; isNew: boolean }

/**
 * The differences between imported or copied values and those of a scope. A value that is a secret on either side stays
 * a secret and always counts as different, so that nobody learns whether two secrets are the same. Pure.
 */
export function changesToBring(
  scope: ConfigScope,
  brought: readonly BroughtValue[],
  rows: readonly StoredConfig[],
): BroughtChange[] {
  return brought.flatMap(({ key, value: given, secret: isSecret, description }): BroughtChange[] => {
    const value = storedForm(key, given)
    const row = rows.find((one) => one.configKey === key)
    const secret = isSecret || (row?.secret ?? false)
    const isSame =
      row !== undefined &&
      !secret &&
      isDeepStrictEqual(row.configValue, value) &&
      row.description === (description ?? row.description)
    if (isSame) return []
    const described = description === undefined ? {} : { description }
    const wanted = { ...namesOf(scope), key, value, ...(secret && { secret }), ...described }
    const change: ConfigChange = {
      key,
      type: scope.type,
      service_id: scope.serviceId,
      secret,
      before: secret ? null : (row?.configValue ?? null),
      after: secret ? null : value,
    }
    return [{ wanted, change, isNew: row === undefined }]
  })
}
