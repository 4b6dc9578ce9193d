import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

import { compressedAssets } from './vite/compressedAssets.ts';
import { contentSecurityPolicy } from './vite/contentSecurityPolicy.ts';
import { noSharedTooltip } from './vite/noSharedTooltip.ts';

const api = process.env.BRIDGECORE_API ?? 'http://127.0.0.1:8000';
const proxy = Object.fromEntries(
  ['/admin', '/api', '/health', '/docs', '/openapi.json'].map((path) => [
    path,
    { target: api, changeOrigin: false, ws: path === '/api' },
  ]),
);

export default defineConfig({
  base: '/dashboard/',
  plugins: [react(), contentSecurityPolicy(), noSharedTooltip(), compressedAssets()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  html: { cspNonce: '__CSP_NONCE__' },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // what every page needs in two files, instead of dozens that each page asks for one by one
        codeSplitting: {
          groups: [
            // what a single page brings along stays with that page
            { name: 'vendor', test: /node_modules/, minShareCount: 3 },
            { name: 'ui', test: /src\/(api|query|session|theme|ui)\// },
          ],
        },
      },
    },
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    environment: 'jsdom',
    maxWorkers: 2,
    // on a machine that has other work too
    testTimeout: 30_000,
  },
});
