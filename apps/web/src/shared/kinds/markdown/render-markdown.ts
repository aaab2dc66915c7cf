import createDomPurify from 'dompurify'
import MarkdownIt from 'markdown-it'
import { safeMediaUrl } from '../../viewers/media-source.ts'

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

/**
 * Converts an algorithm's Markdown to HTML that is safe in the page: no raw HTML, scripts, styles or forms,
 * and only pictures that are inline or on this server.
 */
export const renderMarkdown = (text: string): string =>
  purify.sanitize(markdown.render(text), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'video', 'audio'],
    FORBID_ATTR: ['style', 'id', 'class', 'name'],
  })
