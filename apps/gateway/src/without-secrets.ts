import { apiKeyPrefix } from '@vitrine/contract'

const mask = '••••••'

const isSecretName = (name: string): boolean =>
  /password|passwd|pwd|secret|token|authorization|cookie|credential|session|(?:api|access|private)[_-]?key/i.test(
    name,
  )
// Callers choose the texts, so none may take more than its length: names are bounded, and a credential begins a word.
/** A field in JSON with a text, which may be cut off at the end, or a number. */
const jsonField = /"([\w.-]{1,100})"(\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|-?\d[\d.eE+-]*)/g
const formField = /(^|&)([\w.%-]{1,100})=[^&]*/g
/** Credentials wherever they stand: with their scheme, signed tokens, keys of ours and of well-known services. */
const credential = new RegExp(
  `(?<![\\w-])(?:(Bearer|Basic)\\s{1,10}[\\w.~+/=-]{8,}|eyJ[\\w-]{8,}\\.[\\w-]+(?:\\.[\\w-]*)?|(?:${apiKeyPrefix}|(?:sk|pk|ghp|gho|glpat|xox[bp]|hf)[_-]|AKIA)[\\w-]{16,})`,
  'g',
)

/**
 * A text without what looks like a secret: values of fields that are named like one, in JSON and in a form, and credentials
 * anywhere. What follows a name in another way stays, so it is a second line, not the first. Pure.
 */
export function withoutSecrets(text: string, type: string | null): string {
  const ofFields =
    type === 'application/x-www-form-urlencoded'
      ? text.replace(formField, (field, before: string, name: string) =>
          isSecretName(name) ? `${before}${name}=${mask}` : field,
        )
      : text.replace(jsonField, (field, name: string, between: string) =>
          isSecretName(name) ? `"${name}"${between}"${mask}"` : field,
        )
  return ofFields.replace(credential, (_, scheme: string | undefined) =>
    scheme === undefined ? mask : `${scheme} ${mask}`,
  )
}
