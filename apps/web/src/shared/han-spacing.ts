/** A space between a number and the Chinese word behind it, as everywhere else in the interface: `5分钟前` → `5 分钟前`. */
export const spacedHan = (text: string): string => text.replaceAll(/(\d)(?=\p{Script=Han})/gu, '$1 ')
