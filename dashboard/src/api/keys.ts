/** Idempotency keys: one per thing a person wants done, however often the request is sent. */

/** A random UUID. `crypto.randomUUID` is missing on plain HTTP, where installations also run. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x40);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [8, 12, 16, 20].reduceRight((id, at) => `${id.slice(0, at)}-${id.slice(at)}`, hex);
}

/**
 * Keys for one open form: the same content gets the same key, so that pressing Save again after
 * a lost answer can't do the thing twice; changed content is another request and gets another.
 */
export function idempotencyKeys(): (body: unknown) => string {
  const known = new Map<string, string>();
  return (body) => {
    const content = JSON.stringify(body);
    const key = known.get(content) ?? randomId();
    known.set(content, key);
    return key;
  };
}
