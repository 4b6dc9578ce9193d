/** Ways in that every journey begins with. */

/** Sign in as staff. The very first time the password has to be changed; later it was. */
export async function signInAsStaff(page, { base, options }, path = '/') {
  await page.goto(`${base}/dashboard${path}`);
  // by the answer, not by an alert: that may be about the session before
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith('/auth/login')),
    fillIn(page, options.staff, options['new-password']),
  ]);
  if (!answer.ok()) {
    await fillIn(page, options.staff, options['staff-password']);
    await page.waitForURL('**/new-password');
    await page.locator('input[type=password]').nth(2).waitFor();
    const [current, next, again] = await page.locator('input[type=password]').all();
    await current.fill(options['staff-password']);
    await next.fill(options['new-password']);
    await again.fill(options['new-password']);
    await page.locator('button[type=submit]').click();
  }
  await page.locator('#content h1').waitFor();
}

export async function signInAsMember(page, { base, options }, path = '/') {
  await page.goto(`${base}/dashboard${path}`);
  await fillIn(page, options.member, options['member-password']);
  await page.locator('#content').waitFor();
}

async function fillIn(page, email, password) {
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
}
