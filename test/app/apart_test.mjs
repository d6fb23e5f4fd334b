/*
 * A phone in other hands, as a guest's page shows it: a friend freezes the key with a card. What came after the last trusted message is folded away, with who asked; what
 * was taken back under duress stands again; both while the page is open, without loading it anew.
 */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { group, message, shows } from './driver.mjs';
import { launch, phone, quiet, wire } from './phones.mjs';
import { cleanUp, folder, found, json, lines, longear, need, stop, up } from './points.mjs';

need();
const TITLE = 'Square';
const browser = await launch();
const carry = (from, to) => {
    const file = join(folder, 'p.zip');
    longear(from, 'pouch', 'pack', file);
    longear(to, 'pouch', 'open', file);
};
const guest = async (point) => {
    const made = await phone(browser);
    await wire(made.page);
    await made.page.goto(`http://point.lan:${point.port}/`);
    await group(made.page, TITLE);
    return made;
};
try {
    const [community] = found('a', TITLE);
    const invitation = longear('a', 'invite', community).trim();
    for (const home of ['bob', 'friend']) {
        longear(home, 'init', '--name', home);
        longear(home, 'join', invitation);
    }
    const cards = lines('bob', 'card', TITLE);
    longear('bob', 'post', TITLE, 'meet at the well');
    const trusted = json('bob', 'post', TITLE, 'Aliya is hurt').record;
    cpSync(join(folder, 'bob'), join(folder, 'thief'), { recursive: true });
    const taken = lines('thief', 'list', TITLE).find(({ text }) => text === 'meet at the well').record;
    longear('thief', 'post', TITLE, 'come to the station alone');
    longear('thief', 'retract', taken);
    carry('bob', 'friend');
    carry('bob', 'a');

    const a = await up('a');
    const one = await guest(a);
    await shows(one.page, 'meet at the well');
    carry('thief', 'a');
    await shows(one.page, 'come to the station alone');
    await message(one.page, 'meet at the well').waitFor({ state: 'detached' });

    longear('friend', 'freeze', cards[0].card, '--last', trusted);
    const by = json('friend', 'community', 'list').author;
    carry('friend', 'a');
    await one.page.getByText('Set apart: the phone may be in other hands').waitFor({ timeout: 60_000 });
    await shows(one.page, 'meet at the well');
    const bubble = message(one.page, 'come to the station alone');
    assert.equal(await bubble.count(), 1);
    assert.ok(!(await bubble.getByText('come to the station alone').isVisible()), 'its words are folded away');
    const handle = lines('a', 'freezes', TITLE)[0].by_handle;
    assert.equal(lines('a', 'freezes', TITLE)[0].by, by);
    assert.ok((await bubble.locator('summary').innerText()).includes(handle), 'it says who asked');
    await bubble.locator('summary').click();
    assert.ok(await bubble.getByText('come to the station alone').isVisible());
    assert.equal(await message(one.page, 'Aliya is hurt').locator('summary').count(), 0);
    await one.close();
    /* And to whoever comes now. */
    const two = await guest(a);
    await shows(two.page, 'meet at the well');
    await two.page.getByText('Set apart: the phone may be in other hands').waitFor();
    await two.close();
    quiet();
    await stop(a);
} finally {
    await browser.close();
    cleanUp();
}
