/**
 * How the gateways and the control plane read the header `Authorization` (RFC 6750): what is special, the header with
 * a credential that is valid, and whether it is accepted. What is not accepted is `auth.invalid_credential`.
 */
export const authorizationCases: [what: string, header: (credential: string) => string, accepted: boolean][] =
  [
    ['the scheme in small letters', (credential) => `bearer ${credential}`, true],
    ['the scheme in capitals', (credential) => `BEARER ${credential}`, true],
    ['several spaces', (credential) => `Bearer   ${credential}`, true],
    ['a space at the end', (credential) => `Bearer ${credential} `, true],
    ['a tab in place of the space', (credential) => `Bearer\t${credential}`, false],
    ['a second word', (credential) => `Bearer ${credential} x`, false],
    ['a second credential', (credential) => `Bearer ${credential}, Basic eDp5`, false],
    ['no token', () => 'Bearer', false],
  ]
