// A real `mem demo` on a free port with a data folder of its own.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { until } from "./until";

export interface Demo {
  /** `http://127.0.0.1:PORT` */
  address: string;
  /** The folder it was started in, which holds `mem-data`. */
  folder: string;
  stop: () => Promise<void>;
}

const GRACE_MS = 10_000;

/** A new folder, for one demo. */
export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "mem-e2e-"));

/** Runs the program in a folder until it ends. */
export async function mem(folder: string, ...words: string[]): Promise<void> {
  await promisify(execFile)(program(), words, { cwd: folder, env: others(process.env) });
}

/** Starts `mem demo` with these words in a folder and waits until it answers; stopped, it takes the folder with it. */
export async function startDemo(folder: string, ...words: string[]): Promise<Demo> {
  const child = spawn(program(), ["demo", "--no-open", ...words], {
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
    return { address, folder, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** The program `mem`. */
function program(): string {
  const binary = process.env["MEM_BINARY"];
  if (binary === undefined)
    throw new Error("MEM_BINARY must name the program: cargo build -p mem, then target/debug/mem");
  return binary;
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
