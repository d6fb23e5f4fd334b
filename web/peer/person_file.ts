// person_file.ts: what the sealed part of a kept page holds: version u8 = 1, then JSON. Read with every field checked, so
// that a file with the right passphrase and wrong contents is a clear error.
import { base64, fromBase64, fromHex, fromUtf8, hex, join, utf8, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";
import { readPrefs, type Prefs } from "./prefs.ts";

const VERSION = 1;

export interface OriginalEntry {
    hash: string;
    name: string;
    size: number;
}
export interface PersonFile {
    seed: Bytes; // 32
    keep: string; // names this page to the device: 16 bytes in hex
    journalKey: Bytes; // 32: of the device's journal
    boxKey: Bytes; // 32: of originals and sealed messages
    lock: boolean; // the messages are sealed too
    parcelHash: string;
    savedAt: number;
    journals: Record<string, number>; // how much of which journal is in this file
    originals: OriginalEntry[]; // in the order of the file's sections
    closed: Bytes; // what is kept of closed groups, secret keys among it; perhaps nothing
    prefs: Prefs;
}

export function encodePerson(person: PersonFile): Bytes {
    const json = {
        ...person,
        seed: hex(person.seed),
        journalKey: hex(person.journalKey),
        boxKey: hex(person.boxKey),
        closed: base64(person.closed),
    };
    return join(Uint8Array.of(VERSION), utf8(JSON.stringify(json)));
}

export function decodePerson(bytes: Uint8Array): PersonFile {
    if (bytes[0] !== VERSION) throw new Failure("ERR_VERSION");
    const damaged = new Failure("FILE_DAMAGED", "the person");
    let json: Record<string, unknown>;
    try {
        json = JSON.parse(fromUtf8(bytes.subarray(1))) as Record<string, unknown>;
    } catch {
        throw damaged;
    }
    const text = (name: string, pattern: RegExp): string => {
        const value = json[name];
        if (typeof value !== "string" || !pattern.test(value)) throw damaged;
        return value;
    };
    const key = (name: string): Bytes => fromHex(text(name, /^[0-9a-f]{64}$/), 32);
    const { savedAt, journals, originals } = json;
    if (typeof savedAt !== "number" || typeof journals !== "object" || !journals || !Array.isArray(originals))
        throw damaged;
    return {
        seed: key("seed"),
        keep: text("keep", /^[0-9a-f]{32}$/),
        journalKey: key("journalKey"),
        boxKey: key("boxKey"),
        lock: json["lock"] === true,
        parcelHash: text("parcelHash", /^[0-9a-f]{64}$/),
        savedAt,
        journals: Object.fromEntries(
            Object.entries(journals).filter((e): e is [string, number] => typeof e[1] === "number"),
        ),
        originals: originals.map((o: Partial<OriginalEntry> | null) => {
            if (typeof o?.hash !== "string" || !/^[0-9a-f]{64}$/.test(o.hash)) throw damaged;
            if (typeof o.name !== "string" || typeof o.size !== "number") throw damaged;
            return { hash: o.hash, name: o.name, size: o.size };
        }),
        closed: "closed" in json ? fromBase64(text("closed", /^[A-Za-z0-9+/]*={0,2}$/)) : new Uint8Array(0),
        prefs: readPrefs(json["prefs"]),
    };
}
