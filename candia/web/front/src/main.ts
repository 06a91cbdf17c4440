/** The first load of every page: the style, htmx without eval, and the doors to what is loaded on demand. */

import htmx from "htmx.org";
import "./css/main.css";
import "./css/services";
import "./elements/connection";
import "./elements/live";
import "./elements/theme";
import { startKeys } from "./keys";
import { startActs } from "./offline/acts";
import { startAutosave } from "./offline/autosave";
import { startDrafts } from "./offline/drafts";
import { onDemand } from "./on-demand";
import "./page";
import "./unchanged";

// The content security policy allows no eval and no inline style, and htmx must not try.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.scrollBehavior = "auto";
htmx.config.selfRequestsOnly = true;
// Back asks the city again: a copy in the tab would outlive signing out, and bring a map's inline styles back.
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
// A city that does not answer is told of, and what was sent waits on the device; an upload says its own time.
htmx.config.timeout = 10_000;

// Says so when there is no network; see public/sw.js.
addEventListener("load", () => void navigator.serviceWorker?.register("/sw.js").catch(() => {}));

startDrafts();
startAutosave();
startActs();
startKeys();

onDemand("candia-map", () => import("./elements/map"));
onDemand("candia-chart", () => import("./elements/chart"));
onDemand("candia-crew", () => import("./crew/page"));
onDemand("candia-push", () => import("./push"));
