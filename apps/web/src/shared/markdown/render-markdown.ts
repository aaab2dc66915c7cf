import createDomPurify from 'dompurify'
import MarkdownIt from 'markdown-it'
import { safeMediaUrl } from '../viewers/media-source.ts'

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false })
const purify = createDomPurify(window)

// An algorithm's text must not send the reader's address to another server, nor navigate away from the page.
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A') {
    node.setAttribute('target', '_blank')
    node.setAttribute('rel', 'noopener noreferrer nofollow')
  }
  if (
    node.tagName === 'IMG' &&
    !/^(data:image\/|\/)/.test(safeMediaUrl(node.getAttribute('src') ?? '') ?? '')
  )
    node.remove()
})

/** Replaces the addresses of pictures and links of a text. */
export type MarkdownAddresses = {
  picture: (address: string) => string
  link: (address: string) => string
}

const parsed = (text: string, addresses: MarkdownAddresses | undefined) => {
  const tokens = markdown.parse(text, {})
  if (!addresses) return tokens
  const change = (token: (typeof tokens)[number], name: string, to: (address: string) => string) => {
    const address = token.attrGet(name)
    if (address !== null) token.attrSet(name, to(String(address)))
  }
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    if (token.type === 'image') change(token, 'src', addresses.picture)
    else if (token.type === 'link_open') change(token, 'href', addresses.link)
  }
  return tokens
}

/**
 * Converts an algorithm's Markdown to HTML that is safe in the page: no raw HTML, scripts, styles or forms,
 * and only pictures that are inline or on this server.
 */
export const renderMarkdown = (text: string, addresses?: MarkdownAddresses): string =>
  purify.sanitize(markdown.renderer.render(parsed(text, addresses), markdown.options, {}), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'video', 'audio'],
    FORBID_ATTR: ['style', 'id', 'class', 'name'],
  })
