import { longest } from '@vitrine/contract/limits'
import { escapeHtml } from '../../shared/escape-html.ts'

/** The sizes of a frame to choose from. A width of 100 % follows the page around it. */
export const embedSizes = {
  small: { width: '480', height: '560' },
  medium: { width: '800', height: '640' },
  wide: { width: '100%', height: '720' },
} as const
/** The name of a size. */
export type EmbedSize = keyof typeof embedSizes

const named = /^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/

/** The origin of a site that a person entered as the address of a page or as a host. Null if it cannot be allowed. */
export const originOf = (entered: string): string | null => {
  const text = entered.trim()
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  if (!URL.canParse(address)) return null
  const { origin } = new URL(address)
  return named.test(origin) && origin.length <= longest.embedOrigin ? origin : null
}

/**
 * What a page allows to the frame of a link: its scripts with their own origin, which is another one than that of the page,
 * forms, and saved files. It cannot lead the page around it anywhere.
 */
const sandbox = 'allow-scripts allow-same-origin allow-forms allow-downloads allow-popups'

/** The lines that show a link in a page of another site. */
export const embedCode = (url: string, { title, size }: { title: string; size: EmbedSize }): string => {
  const { width, height } = embedSizes[size]
  const attributes = [
    `src="${escapeHtml(`${url}?embed`)}"`,
    `title="${escapeHtml(title)}"`,
    `width="${width}" height="${height}"`,
    'style="border: 0; max-width: 100%"',
    `sandbox="${sandbox}"`,
    'allow="fullscreen" loading="lazy" referrerpolicy="no-referrer"',
  ]
  return `<iframe\n${attributes.map((line) => `  ${line}`).join('\n')}\n></iframe>`
}
