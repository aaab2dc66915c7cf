/**
 * Whether a key belongs to an input method, such as the Enter that takes a Chinese word. Safari ends the composition before
 * it tells of that key, so only the key code 229 says it there.
 */
export const isComposing = (event: KeyboardEvent): boolean =>
  // The code is deprecated, but nothing else tells.
  // oxlint-disable-next-line typescript/no-deprecated
  event.isComposing || event.keyCode === 229
