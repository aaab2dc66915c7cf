import type { Language } from './common.ts'
import { filledIn, type SentenceValues } from './error-sentences.ts'
import { issueSentences, type IssueRule } from './issue-rules.ts'

/** The word for each type of JSON Schema. */
export const typeWords: Readonly<Record<string, { zh: string; en: string }>> = {
  'type.string': { zh: '文字', en: 'string' },
  'type.number': { zh: '数字', en: 'number' },
  'type.integer': { zh: '整数', en: 'integer' },
  'type.boolean': { zh: '真假值', en: 'boolean' },
  'type.array': { zh: '列表', en: 'array' },
  'type.object': { zh: '对象', en: 'object' },
  'type.null': { zh: '空值', en: 'null' },
}

const or = { zh: '或', en: ' or ' }
/** Types as {@link issueSentences} has them in `expected`, such as `array, null`, in words. Pure. */
const typesInWords = (types: string, language: Language) =>
  types
    .split(', ')
    .map((type) => typeWords[`type.${type}`]?.[language] ?? type)
    .join(or[language])

/** The sentence of a rule with these values. Pure. */
export const issueSentence = (rule: IssueRule, values: SentenceValues, language: Language): string => {
  const { expected } = values
  const isOfTypes = rule === 'field.type' && typeof expected === 'string'
  const said = isOfTypes ? { ...values, expected: typesInWords(expected, language) } : values
  return filledIn(issueSentences[rule][language], said)
}
