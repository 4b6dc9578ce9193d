/**
 * Dev and preview servers answer pages with the policy the platform sends, so that what it would
 * block is seen while it is being written. Hot reload alone needs more, and only in development.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { Plugin } from 'vite';

const PLACEHOLDER = '__CSP_NONCE__';

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export function contentSecurityPolicy(): Plugin {
  return {
    name: 'bridgecore:content-security-policy',
    configurePreviewServer(server) {
      const page = resolve(server.config.root, server.config.build.outDir, 'index.html');
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
        if (!path.startsWith('/dashboard/') || path.startsWith('/dashboard/assets/')) {
          next();
          return;
        }
        if (/\.(svg|ico|webmanifest)$/.test(path)) {
          next();
          return;
        }
        const nonce = randomBytes(18).toString('base64');
        readFile(page, 'utf8').then((html) => {
          response.setHeader('Content-Security-Policy', policy(nonce));
          response.setHeader('Content-Type', 'text/html; charset=utf-8');
          response.end(html.replaceAll(PLACEHOLDER, nonce));
        }, next);
      });
    },
  };
}
