/** The first load of every page: the style, htmx without eval, and the doors to what is loaded on demand. */

import htmx from "htmx.org";
import "./css/main.css";
import "./elements/live";
import "./elements/theme";
import { onDemand } from "./on-demand";
import "./page";

// The content security policy allows no eval and no inline style, and htmx must not try.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.scrollBehavior = "auto";
htmx.config.selfRequestsOnly = true;

// Says so when there is no network; see public/sw.js.
addEventListener("load", () => void navigator.serviceWorker?.register("/sw.js").catch(() => {}));

onDemand("candia-map", () => import("./elements/map"));
onDemand("candia-chart", () => import("./elements/chart"));
