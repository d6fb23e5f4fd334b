/*
 * A hostile point, in a real browser: a relay (relay.mjs) that answers a page in every wrong way there is, and then honestly again.
 *
 *   1. At each way the page stays quick (its longest halt is told), its memory bounded; it keeps what it has, takes what is written, runs nothing, asks nobody
 *      else, and says what is wrong.
 *   2. After each it exchanges again with the honest point behind the relay, by a tap.
 *   3. A point that keeps the rules of the session and sends forged records has none of them shown.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { group, shows } from './driver.mjs';
import { ask, launch, phone, quiet, wire } from './phones.mjs';
import { cleanUp, found, json, lines, longear, need, stop, texts, until, up } from './points.mjs';
import { Relay, WAYS } from './relay.mjs';
import { SCRIPTS } from './texts.mjs';

need();
if (!existsSync(fileURLToPath(new URL('../vectors/node_modules/libsodium-wrappers', import.meta.url)))) {
    console.log("npm's libsodium is missing: cd test/vectors && npm ci");
    process.exit(77);
}
const { forger } = await import('./forger.mjs');
const { Author, Community } = await import('../twin/peer.mjs');
const { decode: decodeInvite } = await import('../vectors/invite.mjs');

const begun = Date.now();
const part = (name) => console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s  ${name}`);
const browser = await launch();
const TITLE = 'Алаң · Square';
const HALT_MS = 500; /* on a machine that does other things too */
const HEAP = 96 << 20;
/* Ways in which the page may still be waiting when it is looked at. */
const SLOW = new Set(['slow drip', 'silence', 'endless answers']);

/* The longest time that the page's own thread was busy since the last call. */
const watchHalts = (page) =>
    page.addInitScript(() => {
        window.halts = [];
        new PerformanceObserver((list) => window.halts.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
    });
const longest = (page) => page.evaluate(() => Math.max(0, ...window.halts.splice(0)));
const heap = async (page, cdp) => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'JSHeapUsedSize').value;
};

const groupOf = async (page) => (await ask(page, 'groups'))[0];
const written = async (page, community) => (await ask(page, 'list', community, null, 500)).messages.map((message) => message.text);
const write = (page, community, text) => ask(page, 'write', { community, text, urgency: 1 });

async function ways(relay, community) {
    const one = await phone(browser);
    const { page } = one;
    await watchHalts(page);
    await wire(page);
    await page.goto(`http://point.lan:${relay.port}/`);
    const cdp = await one.context.newCDPSession(page);
    await cdp.send('Performance.enable');
    await until('the group', async () => (await groupOf(page))?.records > 0);
    await longest(page);
    let number = 0;
    for (const way of Object.keys(WAYS)) {
        relay.be(way);
        const words = `written to a hostile point, ${++number}`;
        await write(page, community, words);
        /* Once to find the point, and what comes of it; a tap makes it ask at once. */
        await until(`${way}: the page asks`, () => relay.asked > 0, 60);
        ask(page, 'exchange', `http://point.lan:${relay.port}`).catch(() => undefined);
        await until(`${way}: the page says how it stands`, async () => (await ask(page, 'points'))[0].state !== 'settled' || SLOW.has(way), 90);
        const said = (await ask(page, 'points'))[0];
        const halt = await longest(page);
        const used = await heap(page, cdp);
        const asked = relay.asked;
        assert.ok(halt <= HALT_MS, `${way}: the page stood still for ${halt} ms`);
        assert.ok(used <= HEAP, `${way}: ${used} bytes of memory`);
        assert.equal(await page.evaluate(() => 'broken' in window), false, way);
        assert.ok(asked < 200, `${way}: asked ${asked} times`);
        relay.be(null);
        /* What the hostile one sent may still be judged after the first tap, and then the page rests: a person taps again. */
        await until(`${way}: the honest point has what was written`, async () => {
            await ask(page, 'exchange', `http://point.lan:${relay.port}`);
            return texts('a', community).includes(words);
        });
        assert.ok((await written(page, community)).includes('welcome'));
        console.log(`  ${((Date.now() - begun) / 1000).toFixed(1)} s  ${way}: ${said.state} ${said.error?.name ?? ''}; longest halt ${Math.round(halt)} ms, heap ${(used / 1e6).toFixed(1)} MB, asked ${asked} times`);
    }
    const all = await written(page, community);
    assert.equal(new Set(all).size, all.length, 'nothing doubled');
    assert.equal(all.length, number + 1, 'nothing lost');
    quiet();
    await one.close();
    part(`${number} ways of being hostile`);
}

async function forged(relay, invitation, charterOf) {
    const charter = decodeInvite(invitation).charter;
    const community = new Community(charter);
    const author = new Author(new Uint8Array(32).fill(7));
    community.add(author.text(community, 'an honest one').record);
    for (let i = 0; i < 40; i++) community.add(author.text(community, `forged ${i} ${SCRIPTS[i % SCRIPTS.length]}`).record);
    for (const [i, entry] of community.entries.slice(1).entries()) {
        entry.bytes = Uint8Array.from(entry.bytes);
        entry.bytes[entry.bytes.length - 1 - (i % 60)] ^= 1; /* in the body or in the signature */
    }
    relay.peer = forger([community], [invitation, 'longear:<script>']);
    const { page, close } = await phone(browser);
    await wire(page);
    await page.goto(`http://point.lan:${relay.port}/`);
    await until('the page takes up a session', () => relay.peer.sessions.length > 0, 30);
    await until('it is given what is forged', () => relay.peer.sessions.some((session) => session.sent[2] > 1 || session.reason), 30);
    relay.peer = null;
    relay.be(null);
    await write(page, charterOf, 'after the forger');
    await until('the honest point has what was written', async () => {
        await ask(page, 'exchange', `http://point.lan:${relay.port}`);
        return texts('a', charterOf).includes('after the forger');
    });
    assert.ok(!(await written(page, charterOf)).some((text) => /forged/.test(text)), 'nothing forged is there');
    await group(page, TITLE);
    await shows(page, 'after the forger');
    assert.equal(await page.getByText(/forged \d/).count(), 0, 'nothing forged is shown');
    await close();
    part('forged records are not shown');
}

const relay = new Relay(0);
try {
    const [community] = found('a', TITLE);
    longear('a', 'post', community, 'welcome');
    const a = await up('a');
    relay.target = a.port;
    await relay.listen();
    await ways(relay, community);
    await forged(relay, json('a', 'invite', community).invitation, community);
    assert.ok(!lines('a', 'list', community).some((line) => /^forged/.test(line.text ?? '')));
    await stop(a);
} finally {
    relay.close();
    await browser.close();
    cleanUp();
}
