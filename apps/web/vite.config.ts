import vue from '@vitejs/plugin-vue'
import autoImport from 'unplugin-auto-import/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { defineConfig, type Plugin } from 'vite'
import { chunkGroups } from './chunk-groups.ts'

/** The control plane to which the development server forwards requests. */
const controlPlane = process.env.VITRINE_DEV_TARGET ?? 'http://127.0.0.1:8000'
const proxied = { target: controlPlane, changeOrigin: false }

/**
 * Asks for styles before scripts: a browser has six connections to a server, and nothing is painted before the styles are there,
 * while the first paint (index.html) needs no script of ours.
 */
const stylesFirst: Plugin = {
  name: 'vitrine-styles-first',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => {
      const styles = html.match(/[ ]*<link rel="stylesheet"[^>]*>\n/g) ?? []
      const rest = styles.reduce((page, style) => page.replace(style, ''), html)
      return rest.replace(/[ ]*<script/, (script) => styles.join('') + script)
    },
  },
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    vue(),
    stylesFirst,
    // Only Element Plus components are found by name. Our own components are imported where they are used.
    components({ dirs: [], dts: false, resolvers: [ElementPlusResolver()] }),
    autoImport({ dts: false, resolvers: [ElementPlusResolver()] }),
  ],
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: { '/api': proxied, '/ai': proxied, '/git': proxied },
  },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    chunkSizeWarningLimit: 600,
    rolldownOptions: { output: { codeSplitting: { groups: chunkGroups } } },
  },
})
