/**
 * Lines are thin, so these colours are stronger than those of marks on pictures. They can be told apart on
 * light and dark backgrounds (contrast ≥ 3). None is red, which would be an alarm; the last, which stands for all others, is grey.
 */
const colours = ['#2f80ed', '#d9730d', '#2a9d5c', '#c0459a', '#8a63d2', '#b08800', '#0f9bb0', '#77808f']

/** The colour of a series by its index. */
export const seriesColour = (place: number): string => colours[place % colours.length] ?? '#2f80ed'
