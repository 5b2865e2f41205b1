/* The build: hashed files under assets/, nothing inlined, so that the pages run under a content
 * security policy without inline code. In development the API is that of `duixian serve`. */
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue()],
  build: {
    target: ['chrome80', 'firefox78', 'safari14'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});
