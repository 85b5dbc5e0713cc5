// The pages begin here.

import { render } from "preact";

import { App } from "./app";
import { startRouting } from "./route";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/charts.css";
import "./styles/forms.css";
import "./styles/live.css";

startRouting();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
