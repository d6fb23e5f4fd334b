// plug.ts: the parts of the app that put themselves into screens.ts.
export {};
