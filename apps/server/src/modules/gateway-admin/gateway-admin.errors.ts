import { defineError } from '../../lib/errors.ts'

export const pathIsFixed = defineError<{ field: 'path'; path: string }>({
  code: 'gateway.path_fixed',
  zh: ({ path }) => `服务的路径由其标识决定，只能是 ${path}`,
  en: ({ path }) => `The path of a service is derived from its ID and must be ${path}`,
})

export const driverMissing = defineError<{ driver: string; install: string }>({
  code: 'gateway.driver_missing',
  zh: ({ driver, install }) => `这台机器上没有 ${driver} 网关，请先安装：${install}`,
  en: ({ driver, install }) => `This machine has no ${driver} gateway; install it first: ${install}`,
})

export const driverIsSet = defineError<{ driver: string; variable: string }>({
  code: 'gateway.driver_set',
  zh: ({ driver, variable }) => `网关由环境变量 ${variable}=${driver} 指定，请改为 auto 或去掉它`,
  en: ({ driver, variable }) =>
    `The gateway is set by the environment variable ${variable}=${driver}. Set it to auto or remove it to choose here`,
})
