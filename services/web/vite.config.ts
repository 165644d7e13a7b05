/** How the app is built, and how its unit tests run. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const GATEWAY = process.env.GATEWAY ?? 'http://127.0.0.1:8000'
// The gateway compares Host and Origin; both are those of the browser.
const PROXIED = { target: GATEWAY, changeOrigin: false }

export default defineConfig({
  plugins: [react()],
  // The gateway puts a fresh nonce here in each answer.
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'es2022',
    manifest: 'sizes.json',
    // Data addresses would need a wider policy than the app's own files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: Object.fromEntries(['/v1', '/web', '/docs', '/problems'].map((path) => [path, PROXIED])) },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing/setup.ts'],
    testTimeout: 30_000,
    include: ['src/**/*.test.{ts,tsx}', 'client/tests/**/*.test.ts'],
  },
})
