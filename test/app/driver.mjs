/*
 * For tests of the app: what a person does with it, in English. Each takes `at`, the page or the frame in which the app is, and ends when the page shows that
 * it is done.
 */
import assert from 'node:assert/strict';
import { saved } from './phones.mjs';

export const PASS = 'алма ағаш түбінде 17';

const rows = (at) => at.locator('button.group');
export const home = async (at) => {
    for (let i = 0; i < 6 && (await at.getByRole('button', { name: 'Back', exact: true }).count()) > 0; i++)
        await at.getByRole('button', { name: 'Back', exact: true }).first().click();
};
export async function group(at, title) {
    await rows(at).filter({ hasText: title }).first().click();
    await at.getByRole('heading', { level: 1 }).filter({ hasText: title }).waitFor();
}
export async function go(at, item, heading = item) {
    await at.getByRole('button', { name: 'Menu', exact: true }).click();
    await at.locator('dialog').getByRole('button', { name: item, exact: true }).click();
    await at.getByRole('heading', { level: 1, name: heading }).waitFor();
}
const box = (at) => at.getByLabel('Write a message');
export async function write(at, text, { urgency } = {}) {
    if (urgency) {
        await at.getByRole('button', { name: 'Urgency, ground, place' }).click();
        await at.locator('dialog').getByLabel(urgency, { exact: true }).check({ force: true });
        await at.locator('dialog').getByRole('button', { name: 'Close' }).click();
    }
    await box(at).fill(text);
    await at.getByRole('button', { name: 'Send', exact: true }).click();
    await message(at, text).waitFor();
}
/* The bubble that says so itself, not in what it answers. */
export const message = (at, text) => at.locator('article', { has: at.locator('.text', { hasText: text }) }).first();
export const shows = (at, text) => message(at, text).waitFor();

async function act(at, text, action) {
    await message(at, text).getByRole('button', { name: /^Message:/ }).click();
    await at.locator('dialog').getByRole('button', { name: action, exact: true }).click();
}
export async function answer(at, text, words) {
    await act(at, text, 'Answer');
    await write(at, words);
}
export async function correct(at, text, words) {
    await act(at, text, 'Correct');
    await write(at, words);
}
export async function retract(at, text) {
    await act(at, text, 'Take back');
    await at.locator('dialog').getByRole('button', { name: 'Take back' }).click();
}
export async function sendPhoto(at, file) {
    await at.locator('.compose input[type=file]').first().setInputFiles(file);
    await at.locator('dialog').getByRole('button', { name: 'Use this photo' }).click();
    await at.getByRole('button', { name: 'Send', exact: true }).click();
}
/* The texts in the conversation that is open, from top to bottom. */
export const texts = (at) => at.locator('article .text').allTextContents();

/* ---- Points ---- */

export async function exchange(at, address) {
    await go(at, 'Points');
    await at.getByLabel('Address of the point').fill(address);
    await at.getByRole('button', { name: 'Exchange now' }).last().click();
    await at.locator('.card').filter({ hasText: address.replace(/^http:\/\//, '') }).getByText('Everything exchanged').waitFor();
    await home(at);
}

/* ---- Files ---- */

export async function keep(page, at = page) {
    await go(at, 'Keep this page');
    await at.getByLabel('Passphrase', { exact: true }).fill(PASS);
    await at.getByLabel('The same once more').fill(PASS);
    const file = await saved(page, () => at.getByRole('button', { name: 'Save the file' }).click());
    assert.match(file.name, /^[\w.-]+\.html$/);
    return file.path;
}
export async function unlock(at, pass = PASS) {
    await at.getByLabel('Your passphrase').fill(pass);
    await at.getByRole('button', { name: 'Open', exact: true }).click();
}
export async function saveCopy(page, at = page) {
    await go(at, 'Keep this page', 'This page is kept');
    return (await saved(page, () => at.getByRole('button', { name: 'Save a new copy' }).first().click())).path;
}
export async function parcel(page, form, at = page) {
    await go(at, 'Parcels');
    await at.getByLabel(form === 'html' ? 'For someone who has nothing yet' : 'For someone who has Link').check();
    const file = await saved(page, () => at.getByRole('button', { name: 'Save the parcel' }).click());
    assert.ok(file.name.endsWith(`.${form}`), file.name);
    await home(at);
    return file.path;
}
/* Open a file in the page; what it says of it. */
export async function openParcel(at, files) {
    await go(at, 'Parcels');
    await at.locator('input[type=file]').setInputFiles(files);
    const result = at.locator('.cards .card').first();
    await result.waitFor();
    const said = await result.innerText();
    await home(at);
    return said;
}
