// mock_main.tsx: the page with a peer in memory, for the design of screens and for tests: node web/build.mjs --mock
import { mockPeer } from "./mock.ts";
import { start } from "./shell.tsx";

start(mockPeer());
