// message_list.ts: what a conversation has read of a group, oldest first. All that was read stays here, as data; the
// screen draws a window of it.
import type { Id, Message, PeerApi } from "../peer/api.ts";

const PAGE = 50;
const BATCH = 200; // the most that one question gives

export interface MessageList {
    readonly messages: readonly Message[];
    readonly older: boolean; // there are earlier ones that were not read
}
export const NOTHING: MessageList = { messages: [], older: false };

async function extend(peer: PeerApi, community: Id, list: MessageList, count: number): Promise<MessageList> {
    const page = await peer.list(community, list.messages[0]?.id ?? null, count);
    return { messages: [...page.messages.reverse(), ...list.messages], older: page.more };
}

// Read the newest; at least so many if there are so many.
export async function readNewest(peer: PeerApi, community: Id, count = PAGE): Promise<MessageList> {
    let list = await extend(peer, community, NOTHING, Math.min(Math.max(count, PAGE), BATCH));
    while (list.older && list.messages.length < count) list = await extend(peer, community, list, BATCH);
    return list;
}

// Read earlier ones too.
export function readOlder(peer: PeerApi, community: Id, list: MessageList): Promise<MessageList> {
    return list.older ? extend(peer, community, list, PAGE) : Promise.resolve(list);
}

// Read back to a message, if it is there.
export async function readTo(peer: PeerApi, community: Id, list: MessageList, id: Id): Promise<MessageList> {
    let wider = list.messages.length > 0 ? list : await readNewest(peer, community);
    while (wider.older && !wider.messages.some((one) => one.id === id)) wider = await extend(peer, community, wider, BATCH);
    return wider;
}

// Read the same stretch anew: what has come, what was taken back, how far own messages got.
export async function readAgain(peer: PeerApi, community: Id, list: MessageList): Promise<MessageList> {
    const first = list.messages[0];
    let fresh = await readNewest(peer, community, list.messages.length);
    while (first && fresh.older && (fresh.messages[0]?.created ?? 0) > first.created)
        fresh = await extend(peer, community, fresh, BATCH);
    return fresh;
}
