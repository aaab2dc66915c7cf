/**
 * What a chat shows of a link that was pasted into it. With an empty text the product's own text stays.
 * `imagePath` is the path of a picture that everybody with the link may see, or null.
 */
export type PagePreview = { title: string; description: string; imagePath: string | null }

/** Longest description in a preview, in characters. */
const mostDescription = 200

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** Escapes a person's text for HTML, as content or in a quoted attribute, on one line. */
const escaped = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[&<>"']/g, (character) => entities[character] ?? '')

const shortened = (text: string): string => {
  const characters = Array.from(text)
  return characters.length <= mostDescription ? text : `${characters.slice(0, mostDescription - 1).join('')}…`
}

/** Replaces the product's own text in the page, which is what `before` matches. */
function replaced(page: string, before: RegExp, text: string): string {
  const content = escaped(text)
  return content === '' ? page : page.replace(before, (_all, start: string) => start + content)
}

const ownTitle = /(<title>)[^<]*/
const ownContent = (name: string) => new RegExp(`(<meta (?:name|property)="${name}" content=")[^"]*`)

/**
 * Puts the name that administrators gave the platform into the head of the page, where the pages read it too: so it is there from
 * the first paint. Pure.
 */
export function withName(page: string, name: string): string {
  let shown = replaced(page, ownTitle, name)
  for (const named of ['og:site_name', 'og:title']) shown = replaced(shown, ownContent(named), name)
  const meta = `<meta name="application-name" content="${escaped(name)}" />`
  return shown.replace('</head>', () => `  ${meta}\n  </head>`)
}

/**
 * Puts a preview into the head of the page. `origin` is the address by which the page was requested, such as
 * `https://show.example`, because readers of previews do not accept relative addresses. Pure.
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
