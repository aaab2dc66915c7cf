import ts from 'typescript'

/** A function, and how many lines it has itself: without blank lines, comments, and all but the first line of the functions in it. */
export type MeasuredFunction = { name: string; line: number; lines: number }

type Node = ts.FunctionLikeDeclaration & { body: NonNullable<ts.FunctionLikeDeclaration['body']> }

const isFunction = (node: ts.Node): node is Node =>
  (ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isAccessor(node)) &&
  node.body !== undefined

function nameOf(node: Node, source: ts.SourceFile): string {
  if (node.name) return node.name.getText(source)
  const { parent } = node
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText(source)
  return ts.isConstructorDeclaration(node) ? 'constructor' : '(a function)'
}

/** A line that is empty or part of a comment. Comments have lines of their own here. */
const isNoCode = /^\s*(?:$|\/\/|\/?\*)/

/** The numbers of the lines that contain code. */
const linesOfCode = (text: string): number[] =>
  text.split('\n').flatMap((line, number) => (isNoCode.test(line) ? [] : [number]))

/** The functions of a file, outer ones first. */
export function functionsOf(path: string, text: string): MeasuredFunction[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const code = linesOfCode(text)
  const found: MeasuredFunction[] = []
  const rangeOf = (node: ts.Node) => ({
    first: source.getLineAndCharacterOfPosition(node.getStart(source)).line,
    last: source.getLineAndCharacterOfPosition(node.end).line,
  })
  /** Visits a node. `own` are the lines of the function around it. */
  function visit(node: ts.Node, own: Set<number>): void {
    if (!isFunction(node)) return ts.forEachChild(node, (child) => visit(child, own))
    const { first, last } = rangeOf(node)
    const mine = new Set(code.filter((line) => line >= first && line <= last))
    const index = found.push({ name: nameOf(node, source), line: first + 1, lines: 0 }) - 1
    ts.forEachChild(node, (child) => visit(child, mine))
    found[index] = { name: nameOf(node, source), line: first + 1, lines: mine.size }
    for (let line = first + 1; line <= last; line += 1) own.delete(line)
  }
  visit(source, new Set())
  return found
}
