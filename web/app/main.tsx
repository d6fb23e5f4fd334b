// main.tsx: where the page begins. The script runs before the rest of the file has come, so it draws first and waits
// for the peer afterwards.
import { start } from "./shell.tsx";

start(new Promise(() => undefined));
