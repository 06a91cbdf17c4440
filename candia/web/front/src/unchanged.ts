/** A part of the page that news asks for again is left alone where it would come out the same: the city answers 304. */

import htmx from "htmx.org";
import { isNews } from "./elements/live";

interface Asked {
  xhr?: XMLHttpRequest;
  target?: Element;
  path?: string;
  headers?: Record<string, string>;
  requestConfig?: { path: string };
}

const detailOf = (event: Event): Asked => (event as CustomEvent<Asked>).detail;
/** What stands in each part, by its id: the address that it came from, and the tag of that answer. */
const standing = new Map<string, { path: string; tag: string }>();

htmx.config.responseHandling.unshift({ code: "304", swap: false });

document.addEventListener("htmx:configRequest", (event) => {
  const { target, path, headers } = detailOf(event);
  const known = standing.get(target?.id ?? "");
  if (headers && known?.path === path && isNews((event as CustomEvent).detail.triggeringEvent))
    headers["If-None-Match"] = known?.tag ?? "";
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target, requestConfig } = detailOf(event);
  if (!target?.id || xhr?.status === 304) return;
  const tag = xhr?.getResponseHeader("ETag");
  if (tag && requestConfig) standing.set(target.id, { path: requestConfig.path, tag });
  else standing.delete(target.id);
});
