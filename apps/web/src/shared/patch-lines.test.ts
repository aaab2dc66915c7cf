import { describe, expect, test } from 'vitest'
import { patchLines, patchSize } from './patch-lines.ts'

const patch = `--- a/a.py
+++ b/a.py
@@ -3,3 +3,3 @@ def run():
 same
--- gone
+++ came
 more
@@ -9 +9,2 @@
-old
+new
+newer
\\ No newline at end of file
`

describe('the patch of a file', () => {
  test('has line numbers before and after the change, without the lines that name the file', () => {
    expect(patchLines(patch).map(({ kind, before, after, text }) => [kind, before, after, text])).toEqual([
      ['hunk', null, null, '@@ -3,3 +3,3 @@ def run():'],
      ['same', 3, 3, 'same'],
      ['removed', 4, null, '-- gone'],
      ['added', null, 4, '++ came'],
      ['same', 5, 5, 'more'],
      ['hunk', null, null, '@@ -9 +9,2 @@'],
      ['removed', 9, null, 'old'],
      ['added', null, 9, 'new'],
      ['added', null, 10, 'newer'],
      ['note', null, null, 'No newline at end of file'],
    ])
    expect(patchSize(patchLines(patch))).toEqual({ added: 3, removed: 2 })
  })

  test('that changes no line shows git’s message', () => {
    const empty = 'diff --git a/e b/e\nnew file mode 100644\nindex 0000000..e69de29\n'
    expect(patchLines(empty).map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'note diff --git a/e b/e',
      'note new file mode 100644',
      'note index 0000000..e69de29',
    ])
  })
})
