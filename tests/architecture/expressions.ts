import ts from 'typescript'
import type { SourceFile } from './source-files.ts'

/** A regular expression in a file. In one that is put together, "word" stands for what is known only at run time. */
export type Expression = { path: string; line: number; source: string; flags: string }

const unknown = 'word'

type Constants = ReadonlyMap<string, ts.Expression>

function constantsOf(file: ts.SourceFile): Constants {
  const found = new Map<string, ts.Expression>()
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
      found.set(node.name.text, node.initializer)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** How many names may lead to each other. */
const deepest = 10

/** The text of an expression of the code, as far as its file shows it. */
function textOf(node: ts.Expression, constants: Constants, depth = 0): string {
  if (depth > deepest) return unknown
  const isRaw = ts.isTaggedTemplateExpression(node)
  const template = isRaw ? node.template : node
  const said = (part: ts.TemplateLiteralLikeNode | ts.StringLiteral) =>
    isRaw ? part.getText().replaceAll(/^[`}]|`$|\$\{$/g, '') : part.text
  if (ts.isStringLiteral(template) || ts.isNoSubstitutionTemplateLiteral(template)) return said(template)
  if (ts.isTemplateExpression(template))
    return template.templateSpans.reduce(
      (before, { expression, literal }) => before + textOf(expression, constants, depth + 1) + said(literal),
      said(template.head),
    )
  if (ts.isRegularExpressionLiteral(node)) return partsOfLiteral(node).source
  const constant = ts.isIdentifier(node) ? constants.get(node.text) : undefined
  return constant ? textOf(constant, constants, depth + 1) : unknown
}

function partsOfLiteral({ text }: ts.RegularExpressionLiteral): Pick<Expression, 'source' | 'flags'> {
  const end = text.lastIndexOf('/')
  return { source: text.slice(1, end), flags: text.slice(end + 1) }
}

/** The regular expressions of a file: its literals, and those that it makes of texts. */
export function expressionsIn({ path, text }: SourceFile): Expression[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const constants = constantsOf(file)
  const found: Expression[] = []
  const visit = (node: ts.Node): void => {
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
    if (ts.isRegularExpressionLiteral(node)) found.push({ path, line, ...partsOfLiteral(node) })
    if (ts.isNewExpression(node) && node.expression.getText(file) === 'RegExp' && node.arguments?.[0]) {
      const [source, flags] = node.arguments
      found.push({
        path,
        line,
        source: textOf(source, constants),
        flags: flags ? textOf(flags, constants) : '',
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}
