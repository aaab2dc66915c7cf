import type { Example } from '../kind.ts'

export default { input: null, data: { city: '上海', degrees: [21.5, 19] } } satisfies Example<'json'>
