import './viewers/zod-without-eval.ts'

// The rules of configuration values, for pages: they are schemas, which must not generate code there.
export {
  configKeyFacts,
  configKeys,
  isKnownConfigKey,
  isReservedVariable,
  needsAdministrator,
  quantityOf,
  quantityText,
  variableName,
  variableValue,
} from '@vitrine/contract/config-keys'
export { keyOfVariable, variableOfKey } from '@vitrine/contract/variable-keys'
