/** Files of code in JavaScript and TypeScript, also with elements of JSX. Not the declarations of types. */
export const scriptFile = /(?<!\.d)\.(?:[cm]?[jt]s|[jt]sx)$/

/** Files that Node runs only after it has removed their types, or that a tool runs instead. */
export const typeScriptFile = /(?<!\.d)\.(?:[cm]?ts|tsx)$/

/** Whether this Node, which runs services too, runs TypeScript files as they are: since 22.18 and 23.6. */
export function runsTypeScript(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}
