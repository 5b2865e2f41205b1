/* The build: hashed files under assets/, nothing inlined, so that the pages run under a content
 * security policy without inline code. In development the API is that of `duixian serve`. */
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [vue()],
  resolve: {
    alias: [
      { find: /^domify$/, replacement: here('src/diagram/domify.ts') },
      { find: 'domify/itself', replacement: here('node_modules/domify/index.js') },
    ],
  },
  build: {
    target: ['chrome80', 'firefox78', 'safari14'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});
