/** The API as an app calls it, beside the browser. */
import assert from 'node:assert/strict';

export const STAFF_LOGIN = '/admin/auth/login';
export const TENANT_LOGIN = '/api/v1/auth/tenant/login';

/** Signs in; answers `call(method, path, body)`, which gives the response as it came. */
export async function signedIn(base, login, email, password) {
  const answer = await fetch(`${base}${login}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  const { access_token: token } = await answer.json();
  return (method, path, body) =>
    fetch(`${base}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

/** The same, but answers what came as JSON and takes nothing but success. */
export async function succeeding(base, login, email, password) {
  const call = await signedIn(base, login, email, password);
  return async (method, path, body) => {
    const response = await call(method, path, body);
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
}

/** What `ask` answers once it is something. */
export async function until(ask, what, ms = 60_000) {
  const end = performance.now() + ms;
  for (;;) {
    const found = await ask();
    if (found) {
      return found;
    }
    assert.ok(performance.now() < end, `it never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
