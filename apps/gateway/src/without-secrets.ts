import { apiKeyPrefix, repositoryTokenPrefix } from '@vitrine/contract'

const mask = '••••••'

const isSecretName = (name: string): boolean =>
  /password|passwd|pwd|secret|token|authorization|cookie|credential|session|(?:api|access|private)[_-]?key/i.test(
    name,
  )
// Callers choose the texts, so the time must be linear in their length. So names are bounded, and a credential starts
// at the beginning of a word.
/** The name of a field in JSON. */
const jsonName = /"([\w.-]{1,100})"\s*:\s*/g
const formField = /(^|&)([\w.%-]{1,100})=[^&]*/g
/** Credentials anywhere in a text: those with a scheme, signed tokens, and keys of ours and of well-known services. */
const credential = new RegExp(
  `(?<![\\w-])(?:(Bearer|Basic)\\s{1,10}[\\w.~+/=-]{8,}|eyJ[\\w-]{8,}\\.[\\w-]+(?:\\.[\\w-]*)?|(?:${apiKeyPrefix}|${repositoryTokenPrefix}|(?:sk|pk|ghp|gho|glpat|xox[bp]|hf)[_-]|AKIA)[\\w-]{16,})`,
  'g',
)

/** The end of a JSON text that begins with the quotation mark at `start`. The text may be cut off. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '\\') at++
    else if (json[at] === '"') return at + 1
  }
  return json.length
}

/** The end of a JSON list or object, including nested values. The JSON may be cut off. */
function endOfNested(json: string, start: number): number {
  let depth = 0
  for (let at = start; at < json.length; at++) {
    const character = json[at]
    if (character === '"') at = endOfText(json, at) - 1
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth--
    if (depth === 0) return at + 1
  }
  return json.length
}

/**
 * The end of the JSON value at `start`. Words such as null and true are not secrets, so for them it is `start` itself.
 */
function endOfValue(json: string, start: number): number {
  const first = json[start]
  if (first === '"') return endOfText(json, start)
  if (first === '[' || first === '{') return endOfNested(json, start)
  let at = start
  while (at < json.length && /[\d.eE+-]/.test(json.charAt(at)) && /[-\d]/.test(first ?? '')) at++
  return at
}

/**
 * Hides the values of fields whose names suggest secrets: texts, numbers, lists and objects. The JSON may be cut off.
 */
function withoutSecretFields(json: string): string {
  const names = new RegExp(jsonName)
  let rest = ''
  let from = 0
  for (let found = names.exec(json); found; found = names.exec(json)) {
    if (!isSecretName(found[1] ?? '')) continue
    const start = names.lastIndex
    const end = endOfValue(json, start)
    if (end === start) continue
    rest += `${json.slice(from, start)}"${mask}"`
    from = end
    names.lastIndex = end
  }
  return rest + json.slice(from)
}

/**
 * Hides what looks like a secret in a text: values of fields in JSON and in forms whose names suggest secrets, and
 * credentials anywhere. Values in other forms stay visible, so this is only a second line of defence. Pure.
 */
export function withoutSecrets(text: string, type: string | null): string {
  const ofFields =
    type === 'application/x-www-form-urlencoded'
      ? text.replace(formField, (field, before: string, name: string) =>
          isSecretName(name) ? `${before}${name}=${mask}` : field,
        )
      : withoutSecretFields(text)
  return ofFields.replace(credential, (_, scheme: string | undefined) =>
    scheme === undefined ? mask : `${scheme} ${mask}`,
  )
}
