import { customType } from 'drizzle-orm/pg-core'
import { storableJsonText, storableText } from '../../lib/storable-text.ts'

/**
 * A column for text written by algorithms and tools (logs, messages). It accepts any text. Text from a person
 * is refused instead if it cannot be stored, see `isUnstorableText`.
 */
export const programText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: storableText,
})

/** Like {@link programText}, for JSON: results, failures, steps with lines of logs. */
export const programJson = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: (value) => storableJsonText(JSON.stringify(value)),
})
