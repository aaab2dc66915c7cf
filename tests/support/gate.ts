/** A promise, and the function that resolves it: what one part of a test waits for until another one opens it. */
export function gate() {
  let open = () => {}
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { passed, open: () => open() }
}
