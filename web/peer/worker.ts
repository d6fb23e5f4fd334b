// worker.ts: where the peer begins, in a worker or, where none can be made, in the page.
export {};
