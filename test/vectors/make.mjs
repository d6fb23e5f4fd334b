// Write the known answers beside this file, or with an argument into that folder. The same bytes at every run.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBase32Json, makeSanityJson, makeVarintJson } from "./make_base.mjs";
import { makeBlobJson } from "./make_blob.mjs";
import { makeChannelJson } from "./make_channel.mjs";
import { makeCharterJson, makeInviteJson, makePersonJson } from "./make_charter.mjs";
import { makePouchJson } from "./make_pouch.mjs";
import { makeReconcileJson } from "./make_reconcile.mjs";
import { makeRecordJson } from "./make_record.mjs";
import { makeSketchJson } from "./make_sketch.mjs";
import { makeStreamJson } from "./make_stream.mjs";

const folder = process.argv[2] ?? import.meta.dirname ?? new URL(".", import.meta.url).pathname;
mkdirSync(folder, { recursive: true });
const files = {
    record: makeRecordJson,
    charter: makeCharterJson,
    person: makePersonJson,
    invite: makeInviteJson,
    blob: makeBlobJson,
    pouch: makePouchJson,
    channel: makeChannelJson,
    varint: makeVarintJson,
    base32: makeBase32Json,
    sketch: makeSketchJson,
    stream: makeStreamJson,
    reconcile: makeReconcileJson,
    sanity: makeSanityJson,
};
for (const [name, make] of Object.entries(files))
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(make(), null, 2)}\n`);
