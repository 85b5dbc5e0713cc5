// A real `mem demo` on a free port with a data folder of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until } from "./until";

export interface Demo {
  /** `http://127.0.0.1:PORT` */
  address: string;
  stop: () => Promise<void>;
}

const GRACE_MS = 10_000;

/** Starts it and waits until it answers. `binary` is the program `mem`. */
export async function startDemo(binary: string): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), "mem-e2e-"));
  // The least research that makes sense: what is tested is the trading after it.
  const child = spawn(binary, ["--data-folder", folder, "demo", "--no-open", "--fresh", "--bars", "500"], {
    cwd: folder,
    env: { ...others(process.env), MEM_SERVER_BIND: "127.0.0.1:0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output = (output + text).slice(-200_000);
    });
  }
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // An empty address means that it has ended: then there is nothing to wait for.
    const address = await until("mem demo names its address", async () =>
      child.exitCode === null ? /^pages:\s+(http:\S+)/m.exec(output)?.slice(1) : [""],
    ).then(([found]) => found);
    if (!address) throw new Error(`mem demo ended with ${child.exitCode}:\n${output}`);
    await until("mem demo answers", async () => (await fetch(`${address}/api/status`)).ok);
    return { address, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** The environment without settings of MEM: the demo has its own. */
function others(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("MEM_")));
}

/** Asks it to end, as Ctrl-C would; what does not end is killed. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((done) => child.once("exit", () => done()));
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await exit;
  clearTimeout(timer);
}
