export default {
  name: 'Table',
  measure: '{name} (rows)',
}
