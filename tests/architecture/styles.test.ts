import { expect, test } from 'vitest'
import { filesBelow, type SourceFile } from './source-files.ts'

/** Elements whose root is a `li`, which is drawn far from their page but has its scope. */
const menuItem = /<el-(?:option|option-group|dropdown-item)\b/
/** The selectors of a file's styles that would match the root of such an element. */
const bareItems = ({ text }: SourceFile): string[] => {
  const styles = text.slice(text.indexOf('<style')).replaceAll(/\/\*[\s\S]*?\*\//g, '')
  return [...styles.matchAll(/([^{}]+)\{/g)]
    .flatMap(([, selectors = '']) => selectors.split(','))
    .map((selector) => selector.trim())
    .filter((selector) => /^(?:ul\s*>?\s*)?li(?::[\w-]+)?$/.test(selector))
}

test('no page styles every `li` beside a menu: the items of the menu would be cut off or lose their space', () => {
  const found = filesBelow('apps/web/src', ['.vue'])
    .filter(({ text }) => menuItem.test(text))
    .flatMap((file) => bareItems(file).map((selector) => `${file.path}: ${selector}`))
  expect(found).toEqual([])
})

test('the search sees plain selectors, and no others', () => {
  const styles = '<style scoped>\nol > li {}\n.a li {}\nli small {}\nul li,\nli {}\nli:hover {}\n</style>'
  expect(bareItems({ path: 'a.vue', text: styles })).toEqual(['ul li', 'li', 'li:hover'])
})
