export default {
  username: 'User name',
  password: 'Password',
  new_password: 'New password',
  password_again: 'Repeat the password',
  password_rule: 'At least {least} characters',
  password_too_short: 'The password must have at least {least} characters',
  passwords_differ: 'The passwords do not match',
  code: 'Code',
  code_hint: 'The 6 digits that your authenticator app shows, or a recovery code',
  oidc: { or: 'or', action: 'Sign in with {name}', working: 'Signing in …', again: 'Sign in again' },
  sign_in: {
    title: 'Sign in',
    text: 'View, run and deploy algorithms',
    action: 'Sign in',
    ended:
      'You are no longer signed in: your session was ended elsewhere, or has expired. After signing in you return to the page you were on.',
    setup_required:
      'There is no administrator yet. Open the set-up link that was printed in the terminal at the first start.',
  },
  invite: {
    title: 'Accept the invitation',
    text: '{name} invites you to join with the role “{role}”. Choose a user name and a password.',
    action: 'Create the account and sign in',
    no_token: 'This link is incomplete. Copy the complete invitation link again.',
    sign_in: 'Already have an account? Sign in',
  },
  setup: {
    title: 'Welcome to Vitrine',
    text: 'Create the first administrator. You can add other users in the settings later.',
    action: 'Create and sign in',
    no_token: 'This link is incomplete',
    no_token_text:
      'Copy the complete set-up link from the terminal of the first start. It contains a one-time token.',
  },
}
