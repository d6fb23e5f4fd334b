// h.ts: what the build gives to every module that has elements (build.mjs, jsx): nobody imports it.
export { Fragment, h } from "preact";
