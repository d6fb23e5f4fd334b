// environment.ts: what the peer needs of the page and the browser around it. In a page: worker.ts and client.ts. In tests:
// stand-ins.
import type { Bytes } from "./bytes.ts";
import type { Fetch } from "./http.ts";
import type { Section } from "./page_file.ts";
import type { Payload } from "./page_parts.ts";
import type { Channel } from "./tabs.ts";

// sessionStorage, which only the page itself can reach.
export interface TabStore {
    load(): Promise<[string, string][]>;
    save(key: string, value: string): Promise<void>; // STORAGE_FULL
    clear(): Promise<void>;
}

export interface Environment {
    asset(name: Payload): Promise<Bytes>;
    app(): Promise<string>; // the page's own file, without data
    sections(): Promise<Section[]>; // the data in the page's file
    tab: TabStore | null;
    storage: IDBFactory | null;
    channel: Channel | null;
    fetch: Fetch;
    random(size: number): Bytes;
    now(): number; // seconds of Unix time
    steady(): number; // milliseconds
    turn(): Promise<void>; // let others have their turn
    origin: string | null; // of the point that served this page
    secure: boolean;
    blank(): Promise<void>; // nothing of the page is to be seen any more
}
