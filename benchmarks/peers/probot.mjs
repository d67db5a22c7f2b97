// Probot's own server, as `probot run` starts it, with one handler for every event.
import { run } from "probot";

const env = { ...process.env, PORT: process.argv[2], HOST: "127.0.0.1" };
await run((app) => { app.onAny(async (context) => { if (!context.payload.sender.id) throw new Error("no sender"); }); }, { env });
