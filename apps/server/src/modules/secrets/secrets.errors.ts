import { defineError } from '../../lib/errors.ts'

export const configKeyGiven = defineError({
  code: 'config.key_given',
  zh: () => '密钥由 VITRINE_SECRET_KEY 给出，只能在环境里更换',
  en: () => 'The key is given by VITRINE_SECRET_KEY, so only the environment can change it',
})
