export { bearerToken as tokenIn } from '@vitrine/contract/bearer-token'
