/* The build: hashed files under assets/, nothing inlined, so that the pages run under a content
 * security policy without inline code. In development the API is that of `duixian serve`. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/* The licences of the packages that are in the pages, as those ask of whoever passes them on. */
function licences() {
  return {
    name: 'licences',
    async generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []));
      const folders = modules.map((id) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0]).filter(Boolean);
      const texts = [...new Set([...folders, here('node_modules/govuk-frontend')])].sort().map(async (folder) => {
        const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
        const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
        return `${name} ${version} (${license})\n\n${file ? await readFile(`${folder}/${file}`, 'utf8') : ''}`;
      });
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`) });
    },
  };
}

export default defineConfig({
  plugins: [vue(), licences()],
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
