/**
 * The content security policy of the built pages: all they need is their own, and nothing can be
 * sent elsewhere.
 */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self' blob: data:",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/**
 * Puts the policy before all else in the head. In development Vite puts styles into the page, which
 * the policy forbids.
 */
export function policy() {
  const meta = {
    tag: "meta",
    attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
    injectTo: "head-prepend",
  };
  return { name: "policy", apply: "build", transformIndexHtml: () => [meta] };
}
