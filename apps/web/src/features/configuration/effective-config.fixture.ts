import type { EffectiveConfig } from '@vitrine/contract'

/** A value of a key of the platform, set in the database. */
export const effectiveConfig = (key: string, more: Partial<EffectiveConfig> = {}): EffectiveConfig => ({
  key,
  value: null,
  is_set: true,
  secret: false,
  source: 'database',
  variable: 'X',
  overridden: [],
  type: 'system',
  revision: 7,
  declared: false,
  kind: 'string',
  effect: 'at_once',
  title: key,
  about: '',
  description: '',
  stale_instances: [],
  unit: null,
  json_schema: null,
  ...more,
})
