// What the keys do.

import type { JSX } from "preact";

import { stops } from "../rail";
import { Dialog } from "./dialog";

const groups: [string, [string, string][]][] = [
  [
    "Everywhere",
    [
      ["Ctrl K", "go to a page, a symbol or a run"],
      ...stops.map(({ key, name }): [string, string] => [`g ${key}`, name.toLowerCase()]),
      ["/", "search on this page"],
      ["k", "stop entries, close positions"],
      ["t", "theme: system, light, dark"],
      [",", "settings of this browser"],
      ["?", "this help"],
      ["Esc", "close"],
    ],
  ],
  ["Config", [["r", "review what was changed, and save it"]]],
  [
    "Charts",
    [
      ["i", "add an indicator"],
      ["d", "jump to a date"],
      ["← →", "move"],
      ["+ −", "zoom"],
      ["Home End", "first loaded and latest bar"],
      ["l", "logarithmic prices"],
    ],
  ],
];

export function Help({ close }: { close: () => void }): JSX.Element {
  return (
    <Dialog title="Keyboard" close={close}>
      <div class="help">
        {groups.map(([name, keys]) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {keys.map(([key, meaning]) => (
                <div key={key}>
                  <dt>
                    {key.split(" ").map((part) => (
                      <kbd key={part}>{part}</kbd>
                    ))}
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
