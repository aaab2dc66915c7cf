/** The words of a text in Markdown, without its marks, for a place that shows no format. Code and pictures are left out. */
export const plainText = (markdown: string): string =>
  markdown
    .replaceAll(/```[\s\S]*?(```|$)/g, '')
    .replaceAll(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/^[ \t]*(?:#{1,6}|>|[-*+]|\d+\.)\s+/gm, '')
    // One class, and no line ends in it: several that match the same character take time in the cube of its number.
    .replaceAll(/^[ \t:|-]+$/gm, '')
    .replaceAll(/(\*\*|__|\*|`|~~)(?=\S)(.*?\S)\1/g, '$2')
    .replaceAll(/\n{2,}/g, '\n')
    .trim()
