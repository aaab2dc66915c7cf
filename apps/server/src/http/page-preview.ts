/**
 * What a chat shows of a link that was pasted into it. An empty text leaves the product's own in place; `imagePath` is the path
 * of a picture that everybody who has the link may see, or null.
 */
export type PagePreview = { title: string; description: string; imagePath: string | null }

/** As much of a description as a preview shows, in characters. */
const mostDescription = 200

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** A person's text as the text or a quoted attribute of HTML, on one line. */
const escaped = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[&<>"']/g, (character) => entities[character] ?? '')

const shortened = (text: string): string => {
  const characters = Array.from(text)
  return characters.length <= mostDescription ? text : `${characters.slice(0, mostDescription - 1).join('')}…`
}

/** Puts a text in the place of the product's own: what stands between these two in the page. */
function replaced(page: string, before: RegExp, text: string): string {
  const content = escaped(text)
  return content === '' ? page : page.replace(before, (_all, start: string) => start + content)
}

const ownTitle = /(<title>)[^<]*/
const ownContent = (name: string) => new RegExp(`(<meta (?:name|property)="${name}" content=")[^"]*`)

/**
 * The page with a preview in its head. `origin` is the address by which the page was asked for, as in `https://show.example`:
 * readers of previews take no relative ones. Pure.
 */
export function withPreview(page: string, preview: PagePreview, origin: string): string {
  const description = shortened(preview.description)
  let shown = replaced(page, ownTitle, preview.title)
  shown = replaced(shown, ownContent('og:title'), preview.title)
  shown = replaced(shown, ownContent('description'), description)
  shown = replaced(shown, ownContent('og:description'), description)
  if (preview.imagePath === null) return shown
  const image = `<meta property="og:image" content="${escaped(origin + preview.imagePath)}" />`
  return shown.replace('</head>', () => `  ${image}\n  </head>`)
}
