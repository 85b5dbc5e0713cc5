// The pages that have no place of their own in the bar of a phone.

import type { JSX } from "preact";

import { stops } from "../rail";
import { Dialog } from "./dialog";
import { Icon } from "./icons";

export function More({ close, settings }: { close: () => void; settings: () => void }): JSX.Element {
  return (
    <Dialog title="Pages" close={close}>
      <ul class="more-pages">
        {stops.map(({ address, name, icon }) => (
          <li key={address}>
            <a href={address} onClick={close}>
              <Icon name={icon} size={20} /> {name}
            </a>
          </li>
        ))}
        <li>
          <button
            type="button"
            class="bare"
            onClick={() => {
              close();
              settings();
            }}
          >
            <Icon name="settings" size={20} /> Settings of this browser
          </button>
        </li>
        <li>
          <a href="/docs" data-plain>
            <Icon name="book" size={20} /> API
          </a>
        </li>
      </ul>
    </Dialog>
  );
}
