import MarkdownIt from 'markdown-it'
import { chapters } from './guide-pages.ts'

const markdown = new MarkdownIt({ html: false, linkify: false })

/** The anchor of a heading, as the guide's own links write it. Pure. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

/** Where a link of the guide leads in the pages: to a chapter, out of the platform, or nowhere (null). Pure. */
export const guideLink = (href: string): string | null => {
  if (/^(https?:\/\/|#|\/)/.test(href)) return href
  const [, name = '', hash = ''] = /^([\w-]+)(?:\.en)?\.md(#.*)?$/.exec(href) ?? []
  return chapters.some((chapter) => chapter === name) ? `/guide/${name}${hash}` : null
}

/**
 * A chapter as HTML. Its texts come with the platform; raw HTML in them is shown as text. The link to the other language
 * is left out, because the pages have a switch. Links to documents that are not in the pages become plain text.
 */
export const guideHtml = (text: string): string => {
  const tokens = markdown.parse(text.replace(/^\[[^\]]+\]\([\w.-]+\.md\)\n+/m, ''), {})
  for (const [place, token] of tokens.entries()) {
    if (token.type === 'heading_open') token.attrSet('id', anchorOf(tokens[place + 1]?.content ?? ''))
    let isDropped = false
    token.children = (token.children ?? []).filter((child) => {
      if (child.type === 'image') return false
      if (child.type === 'link_close') return !isDropped
      if (child.type !== 'link_open') return true
      const to = guideLink(decodeURI(String(child.attrGet('href') ?? '')))
      isDropped = to === null
      if (to === null) return false
      child.attrSet('href', to)
      if (/^https?:/.test(to) || to.startsWith('/api/')) child.attrSet('target', '_blank')
      return true
    })
  }
  // What may be wider than the page scrolls, also by keyboard.
  return markdown.renderer
    .render(tokens, markdown.options, {})
    .replaceAll(/<(pre|table)>/g, '<$1 tabindex="0">')
}
