import type { Example } from '../kind.ts'

export default { input: null, data: '两个人在过马路。' } satisfies Example<'text'>
