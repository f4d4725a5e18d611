/**
 * Drives the status page in headless Chromium: npm run test:browser. With `--screenshots` it renews
 * the pictures in docs/.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, BOB, mail, send, startStack, type Stack } from '../support/stack.ts';

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const executablePath = process.env['CHROMIUM'] ?? BROWSERS.find((path) => existsSync(path));
if (executablePath === undefined)
  throw new Error('No Chromium is installed here. Install one, or name it with the environment variable CHROMIUM.');
const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
t.teardown(() => browser.close());
const PICTURES = process.argv.includes('--screenshots') ? join(import.meta.dirname, '../../docs/pictures') : undefined;

/** A gateway that has had something to do, and some trouble. */
async function busyStack(test: Test): Promise<Stack> {
  const stack = await startStack(test, {
    registration: '    credential: { secret: { env: SECRET }, expires: "2099-12-10" }',
    callers: '  - username: "@fabrikam.test"',
  });
  const [mailbox] = stack.simulator.exchange.mailboxes;
  for (const subject of ['one', 'two', 'three']) await mailbox?.deliver(mail(subject));
  for (let index = 0; index < 12; index++)
    await stack.post(
      index % 3 === 0
        ? GET_FOLDER
        : envelope(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
              '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
          ),
      { 'user-agent': 'ExchangeServicesClient/2.2.1.0' },
    );
  await send(stack.url, GET_FOLDER, {
    'authorization': basic(BOB, 'wrong'),
    'user-agent': 'ExchangeServicesClient/2.2.1.0',
  });
  return stack;
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

t.test('the page works without JavaScript, from the Test button to the explanation', async (t) => {
  const stack = await busyStack(t);
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 1280, height: 900 },
    colorScheme: 'light',
  });
  const page = await context.newPage();
  await page.goto(`${stack.admin}/status`);
  t.match(await page.locator('header').innerText(), /1 problem/);
  await picture(page, 'status-light');
  await page.getByRole('button', { name: `Test ${ALICE}` }).click();
  t.match(await page.locator('#test').innerText(), /passed[^]*3 unread/);
  stack.simulator.exchange.settings.allowedAppIds = [];
  await page.getByRole('button', { name: `Test ${ALICE}` }).click();
  const result = await page.locator('#test').innerText();
  t.match(result, /failed[^]*At fault: the Exchange tenant/);
  t.match(result, /Set-OrganizationConfig -EwsEnabled \$true/);
  await picture(page, 'status-test-failed');
  await page.locator('#requests details summary').first().click();
  t.ok(await page.locator('#requests details pre').first().isVisible());
  await context.close();
});

/** Text that lies outside of the window or of an element that cuts it off. */
const CUT_TEXT = `(() => {
  const cut = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || element.closest('script,style,title,select') !== null) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, right, width } of range.getClientRects()) {
      if (width === 0) continue;
      let [from, to] = [0, document.documentElement.clientWidth];
      for (let box = element; box !== null; box = box.parentElement) {
        if (getComputedStyle(box).overflowX === 'visible') continue;
        const outer = box.getBoundingClientRect();
        [from, to] = [Math.max(from, outer.left), Math.min(to, outer.right)];
      }
      if (left < from - 1 || right > to + 1) cut.push(node.data.trim());
    }
  }
  return cut;
})()`;

t.test('it fits a phone, a desktop and a wide screen, in light and dark, with everything open', async (t) => {
  const stack = await busyStack(t);
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [390, 1280, 1920]) {
      const page = await browser.newPage({ viewport: { width, height: 844 }, colorScheme });
      await page.goto(`${stack.admin}/status`);
      if (width === 390 && colorScheme === 'light') await picture(page, 'status-phone');
      if (width === 1280 && colorScheme === 'dark') await picture(page, 'status-dark');
      await page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true');
      const name = `${width} ${colorScheme}`;
      t.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), width, `${name}: no scrolling`);
      t.same(await page.evaluate<string[]>(CUT_TEXT), [], `${name}: no text is cut off`);
      const [background, text] = await page.evaluate<[string, string]>(
        '[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]',
      );
      t.equal(lightness(background) > lightness(text), colorScheme === 'light');
      if (process.env['PICTURES'] !== undefined)
        await page.screenshot({ path: join(process.env['PICTURES'], `${name}.png`), fullPage: true });
      await page.close();
    }
  }
});

t.test("it refreshes without closing what is open, in the reader's time zone", async (t) => {
  const stack = await busyStack(t);
  const context = await browser.newContext({ timezoneId: 'Asia/Tokyo' });
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${stack.admin}/status?refresh=30`);
  t.equal(await page.locator('.zone').innerText(), 'Asia/Tokyo');
  const open = page.locator('#requests details').first();
  await open.locator('summary').click();
  await stack.post(GET_FOLDER, { 'user-agent': 'CameLater/1.0' });
  await page.clock.fastForward(30_000);
  await page.getByText('CameLater/1.0').first().waitFor();
  t.equal(await page.locator('#requests details[open]').count(), 1);
  await context.close();
});

t.test('the server address can be copied without a permission', async (t) => {
  const stack = await busyStack(t);
  const page = await browser.newPage();
  await page.goto(`${stack.admin}/status`);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  t.equal(await page.evaluate<string>('getSelection().toString()'), stack.url);
  await page.close();
});

t.test('nothing that clients send runs, and nothing is loaded from elsewhere', async (t) => {
  const stack = await startStack(t);
  await stack.post(GET_FOLDER, {
    'user-agent': '"><script>document.title="taken"</script><img src="http://127.0.0.1:9/x">',
  });
  const page = await browser.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(`${stack.admin}/status`);
  t.match(await page.title(), /ews-gateway$/);
  t.same(
    requests.filter((url) => !url.endsWith('/favicon.ico')),
    [`${stack.admin}/status`],
  );
  t.same(
    complaints.filter((text) => !text.includes('favicon')),
    [],
    'the policy refuses nothing of the page itself',
  );
  await page.close();
});

t.test('a page of another site cannot press the button', async (t) => {
  const stack = await startStack(t);
  const page = await browser.newPage();
  await page.route('http://evil.test/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body:
        `<form method="post" action="${stack.admin}/status/test"><input name="username" value="${ALICE}">` +
        `<input name="token" value="x"></form><script>document.forms[0].submit()</script>`,
    }),
  );
  await page.goto('http://evil.test/');
  await page.waitForURL(/status\/test/).catch(() => undefined);
  t.equal(stack.simulator.exchange.requests.length, 0);
  await page.close();
});

function lightness(color: string): number {
  return (color.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
}
