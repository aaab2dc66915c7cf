/** The folders around a path with `/`, the outermost first. The top, which has no name, is not among them. Pure. */
export const foldersOf = (path: string): string[] =>
  [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index)).filter((folder) => folder !== '')
