import './viewers/zod-without-eval.ts'

// The rules of configuration values, for pages: they are schemas, which must not generate code there.
export {
  configKeyFacts,
  configKeys,
  isKnownConfigKey,
  isReservedVariable,
  keyOfVariable,
  variableName,
  variableOfKey,
  variableValue,
} from '@vitrine/contract/config-keys'
