// main.tsx: where the page begins. The script runs before the rest of the file has come, so it draws first and waits
// for the peer afterwards.
import { connect } from "../peer/client.ts";
import { start } from "./shell.tsx";

start(connect());
