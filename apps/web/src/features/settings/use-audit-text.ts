import type { Json } from '@vitrine/contract'
import { visibleText } from '@vitrine/contract/visible-text'
import { useI18n } from 'vue-i18n'
import { isJsonObject } from '../../shared/json-object.ts'
import { useFieldName } from '../../shared/use-field-name.ts'

/** The words for the values of fields that have only a few, as keys of the texts. */
const valueKeys: Readonly<Record<string, (value: string) => string>> = {
  role: (value) => `app.role.${value}`,
  scopes: (value) => `settings.scope.${value}`,
  permissions: (value) => `settings.permission.${value.replace('.', '_')}`,
  level: (value) => `grants.levels.${value}`,
  kind: (value) => `shares.kind.${value}`,
  mode: (value) => `service_settings.modes.${value}`,
  action: (value) => `audit.action.${value}`,
  type: (value) => `audit.type.${value}`,
}

/** Says in words what fields of the audit log are, and what is in them. What has no word is shown as it is. */
export const useAuditText = () => {
  const { t, te } = useI18n()
  const wordOf = (key: string, otherwise: string) => (te(key) ? t(key) : otherwise)
  const fieldText = useFieldName()
  const valueText = (field: string, value: Json | undefined): string => {
    if (typeof value === 'boolean') return t(value ? 'audit.yes' : 'audit.no')
    if (typeof value === 'string') return wordOf(valueKeys[field]?.(value) ?? '', visibleText(value))
    if (Array.isArray(value)) return value.map((each) => valueText(field, each)).join(', ')
    if (!isJsonObject(value)) return String(value ?? '')
    return Object.entries(value)
      .map(([name, each]) => `${fieldText(name)} ${valueText(name, each)}`)
      .join(', ')
  }
  return { fieldText, valueText }
}
