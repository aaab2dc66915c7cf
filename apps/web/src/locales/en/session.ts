export default {
  username: 'User name',
  password: 'Password',
  new_password: 'New password',
  password_again: 'Password once more',
  password_rule: 'At least 10 characters',
  password_too_short: 'The password needs at least 10 characters',
  passwords_differ: 'The two passwords differ',
  sign_in: {
    title: 'Sign in',
    text: 'See, run and deploy algorithms',
    action: 'Sign in',
    setup_required:
      'There is no administrator yet. Open the set-up link that the first start printed in the terminal.',
  },
  setup: {
    title: 'Welcome to Vitrine',
    text: 'Make the first administrator; others can be added in the settings later.',
    action: 'Create and enter',
    no_token: 'This link is incomplete',
    no_token_text:
      'Copy the whole set-up link from the terminal of the first start; it carries a one-time token.',
  },
}
