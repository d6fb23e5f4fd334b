// Keys derived from a person's seed, and handles: doc/protocol.md, section 5.
import { hashKeyed, keyPair, utf8 } from "./sodium.mjs";

export const memberSeed = (seed, community) => hashKeyed(seed, utf8("longear member 1"), community);
export const founderSeed = (seed, nonce) => hashKeyed(seed, utf8("longear founder1"), nonce);
export const fingerprint = (seed) => hashKeyed(seed, utf8("longear person 1")).subarray(0, 16);
export const memberKeys = (seed, community) => keyPair(memberSeed(seed, community));
export const founderKeys = (seed, nonce) => keyPair(founderSeed(seed, nonce));

const CONSONANTS = "bdfghjklmnprstvz",
    VOWELS = "aiou";
const proquint = (n) =>
    CONSONANTS[n >> 12] + VOWELS[(n >> 10) & 3] + CONSONANTS[(n >> 6) & 15] + VOWELS[(n >> 4) & 3] + CONSONANTS[n & 15];
export const handle = (key) => `${proquint((key[0] << 8) | key[1])}-${proquint((key[2] << 8) | key[3])}`;
