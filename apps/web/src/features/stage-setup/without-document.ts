import type { ApiOverview } from '@vitrine/contract'

/**
 * The choices of a person if no document describes an API: choose a route of its code, or write an operation because
 * its code shows none, or because it takes too long to read. Pure.
 */
export function withoutDocument({
  missing,
  operations,
}: Pick<ApiOverview, 'missing' | 'operations'>): 'choose' | 'no_routes' | 'code_too_slow' {
  if (missing?.code === 'too_slow') return 'code_too_slow'
  return operations.some(({ described_by: by }) => by === 'code') ? 'choose' : 'no_routes'
}
