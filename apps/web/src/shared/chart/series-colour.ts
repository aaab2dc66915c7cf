/**
 * Lines are thin, so these colours are stronger than those of marks on pictures. They can be told apart on
 * light and dark backgrounds (contrast ≥ 3).
 */
const colours = ['#2f80ed', '#d9730d', '#2a9d5c', '#c0459a', '#8a63d2', '#b08800', '#0f9bb0', '#d64545']

/** The colour of a series by its index. */
export const seriesColour = (place: number): string => colours[place % colours.length] ?? '#2f80ed'
