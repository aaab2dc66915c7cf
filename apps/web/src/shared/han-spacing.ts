/**
 * Adds a space between a number and a following Chinese character, as in the rest of the interface: `5分钟前` →
 * `5 分钟前`.
 */
export const spacedHan = (text: string): string => text.replaceAll(/(\d)(?=\p{Script=Han})/gu, '$1 ')
