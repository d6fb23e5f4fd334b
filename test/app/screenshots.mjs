/*
 * Pictures of the main screens over the peer in memory (web/app/mock.ts): 360×740 and 1280×800, three languages, light and dark, into build/screenshots/.
 * usage: node test/app/screenshots.mjs
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { settle } from './crawl.mjs';
import { launch, phone } from './phones.mjs';
import { BUILD, cleanUp, folder } from './points.mjs';

const OUT = join(BUILD, 'screenshots');
mkdirSync(OUT, { recursive: true });
const made = spawnSync('node', ['web/build.mjs', '--mock'], { env: { ...process.env, OUT: folder }, encoding: 'utf8' });
if (made.status !== 0) throw new Error(made.stderr);
const MOCK = pathToFileURL(join(folder, 'mock.html')).href;
const group = (number) => (page) => page.locator('button.group').nth(number).click();
/* Items of the menu by their place, which is the same in every language. */
const item = (number) => async (page) => {
    await page.locator('.tools .icon-button').first().click();
    await page.locator('dialog .menu-item').nth(number).click();
};
const SCREENS = [
    ['groups', '', async () => undefined],
    ['conversation', '', group(1)],
    ['actions', '', async (page) => {
        await group(1)(page);
        await page.locator('article .icon-button').last().click();
    }],
    ['empty', 'empty', async () => undefined],
    ['gone', 'gone,memory', async () => undefined],
    ['locked', 'locked', async () => undefined],
    ['fresh', 'fresh', async () => undefined],
    ['hostile', 'hostile', group(1)],
    ...[0, 1, 2, 3, 4].map((n) => [`menu-${n}`, '', item(n)]),
];
const browser = await launch();
for (const [width, height] of [[360, 740], [1280, 800]])
    for (const locale of ['kk', 'ru', 'en'])
        for (const colorScheme of ['light', 'dark']) {
            const { page, close } = await phone(browser, { locale, colorScheme, viewport: { width, height } });
            for (const [name, words, act] of SCREENS) {
                await page.goto('about:blank');
                await page.goto(`${MOCK}#${words}`);
                await settle(page);
                await act(page);
                await settle(page);
                await page.screenshot({ path: join(OUT, `${width}-${locale}-${colorScheme}-${name}.png`) });
            }
            await close();
        }
await browser.close();
cleanUp();
