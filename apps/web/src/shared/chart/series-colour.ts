/** Lines are thin: stronger than the marks on pictures, and told apart on a light and on a dark ground (contrast ≥ 3). */
const colours = ['#2f80ed', '#d9730d', '#2a9d5c', '#c0459a', '#8a63d2', '#b08800', '#0f9bb0', '#d64545']

/** Colour of a series by its place. */
export const seriesColour = (place: number): string => colours[place % colours.length] ?? '#2f80ed'
