import { gatewayRefused } from '../gateway.errors.ts'

/** A text as a part of a name in nginx's configuration. */
export const plainName = (text: string) => text.replaceAll(/[^a-z0-9]/gi, '_')

/** Quotes a value for nginx's configuration. A dollar sign is refused, because it would start a variable. */
export function quoted(text: string): string {
  if (text.includes('$'))
    throw gatewayRefused({
      reason: `nginx's configuration cannot hold ${text}`,
      address: null,
      holder: null,
    })
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
