/**
 * The colours of what is the same, moved, or in only one of two results: of the lines on a darkened picture, and of their legend.
 */
export const changeColours = {
  same: '#d5dee8',
  moved: '#ffb703',
  relabelled: '#b79cff',
  onlyOther: '#4cc2ff',
  onlyBase: '#ff7b7b',
} as const
