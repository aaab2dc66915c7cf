import createDomPurify from 'dompurify'
import MarkdownIt from 'markdown-it'
import { safeMediaUrl } from '../../viewers/media-source.ts'

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false })
const purify = createDomPurify(window)

// What an algorithm writes may send nobody's address anywhere, nor lead away from the page that shows it.
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
 * Markdown of an algorithm as HTML that is safe to put into the page: no HTML of its own, no scripts, no styles, no forms, and
 * pictures of this server or inline alone.
 */
export const renderMarkdown = (text: string): string =>
  purify.sanitize(markdown.render(text), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'video', 'audio'],
    FORBID_ATTR: ['style', 'id', 'class', 'name'],
  })
