/**
 * <candia-chart kind="line|step|bar" unit zone band-low band-high band-label interval-label floor mark-from mark-to
 * mark-label data-…words> around a <table>: the table is the data, and stays behind a button. Columns that were foretold say
 * so (th data-role="middle|low|high"). Arrow keys read the values out one by one.
 */

import uPlot from "uplot";
import "../chart/chart.css";
import { lookOf, type Manner, options } from "../chart/drawing";
import { type Data, read } from "../chart/table";
import { wordsOf } from "../chart/words";
import { colour, onScheme } from "../scheme";

const SVG = "http://www.w3.org/2000/svg";

class CandiaChart extends HTMLElement {
  #ending?: AbortController;
  #plot?: uPlot;
  #size?: ResizeObserver;

  connectedCallback(): void {
    const table = this.querySelector("table");
    if (!table || this.querySelector(".plot")) return;
    this.#ending = new AbortController();
    const data = read(table);
    const manner = this.#manner();
    const output = document.createElement("output");
    const stage = this.#stage(data);
    this.#shelve(table, data, stage, output);
    if (!data.times.length) {
      stage.remove();
      output.textContent = this.dataset.empty ?? "";
      return;
    }
    manner.moved = (index) => this.#say(output, data, manner, index);
    const draw = (): void => this.#draw(stage, data, manner);
    this.#size = new ResizeObserver(() => this.#fit(stage));
    void document.fonts.load("500 12px Commissioner", "0α").then(() => {
      if (!this.isConnected) return;
      draw();
      this.#size?.observe(stage);
    });
    onScheme(draw, this.#ending.signal);
    stage.addEventListener("keydown", (event) => this.#key(event, data), { signal: this.#ending.signal });
  }

  disconnectedCallback(): void {
    this.#ending?.abort();
    this.#size?.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #number(name: string): number {
    return Number.parseFloat(this.getAttribute(name) ?? "");
  }

  #manner(): Manner {
    const zone = this.getAttribute("zone") ?? undefined;
    const time = (name: string): number => Date.parse(this.getAttribute(name) ?? "") / 1000;
    return {
      kind: this.getAttribute("kind") ?? "line",
      unit: this.getAttribute("unit") ?? "",
      zone,
      band: [this.#number("band-low"), this.#number("band-high")],
      floor: this.#number("floor"),
      mark: [time("mark-from"), time("mark-to")],
      words: wordsOf(document.documentElement.lang, zone),
      moved: () => {},
    };
  }

  #stage(data: Data): HTMLElement {
    const stage = document.createElement("div");
    stage.className = "plot";
    stage.tabIndex = 0;
    stage.setAttribute("role", "group");
    stage.setAttribute("aria-label", data.title);
    stage.setAttribute("aria-description", this.dataset.help ?? "");
    return stage;
  }

  /** The drawing in front, the table behind its button, the key between. */
  #shelve(table: HTMLTableElement, data: Data, stage: HTMLElement, output: HTMLElement): void {
    const shelf = table.closest<HTMLElement>(".data") ?? this.#box(table, data);
    shelf.hidden = data.times.length > 0;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small no-print";
    button.setAttribute("aria-expanded", String(!shelf.hidden));
    button.textContent = this.dataset.table ?? "";
    button.addEventListener("click", () => {
      shelf.hidden = !shelf.hidden;
      button.setAttribute("aria-expanded", String(!shelf.hidden));
    });
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.append(this.#keys(data), button);
    const title = document.createElement("p");
    title.className = "chart-title";
    title.textContent = [data.title, this.getAttribute("unit")].filter(Boolean).join(", ");
    this.append(title, stage, output, bar, shelf);
  }

  /** A box in which a long table scrolls, for a table that brought none. */
  #box(table: HTMLTableElement, data: Data): HTMLElement {
    const box = document.createElement("div");
    box.className = "data";
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", data.title);
    box.append(table);
    return box;
  }

  #keys(data: Data): HTMLElement {
    const list = document.createElement("ul");
    list.className = "keys";
    const add = (title: string | null, token: string, dash: number[], area: boolean): void => {
      if (!title) return;
      const item = document.createElement("li");
      item.append(sample(token, dash, area), title);
      list.append(item);
    };
    const bars = this.getAttribute("kind") === "bar";
    for (const [i, series] of data.series.entries()) {
      const { token, dash } = lookOf(series, i);
      if (series.role === "low") add(this.getAttribute("interval-label"), token, [], true);
      else if (series.role !== "high") add(series.title, token, dash, bars && !series.role);
    }
    add(this.getAttribute("band-label"), "--good", [], true);
    add(this.getAttribute("mark-label"), "--bad", [], true);
    return list;
  }

  #draw(stage: HTMLElement, data: Data, manner: Manner): void {
    this.#plot?.destroy();
    const height = Math.max(Number.parseInt(getComputedStyle(stage).minHeight, 10) || 256, 160);
    const columns: uPlot.AlignedData = [data.times, ...data.series.map((series) => series.values)];
    this.#plot = new uPlot(options(data, manner, stage.clientWidth, height), columns, stage);
  }

  #fit(stage: HTMLElement): void {
    const plot = this.#plot;
    if (plot && stage.clientWidth && plot.width !== stage.clientWidth)
      plot.setSize({ width: stage.clientWidth, height: plot.height });
  }

  #key(event: KeyboardEvent, data: Data): void {
    const plot = this.#plot;
    const at = plot?.cursor.idx ?? -1;
    const last = data.times.length - 1;
    const to = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      PageDown: at + 24,
      PageUp: at - 24,
      Home: 0,
      End: last,
    }[event.key];
    if (!plot || to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const index = Math.min(Math.max(to, 0), last);
    plot.setCursor({ left: plot.valToPos(data.times[index] ?? 0, "x"), top: plot.over.clientHeight / 2 });
  }

  #say(output: HTMLElement, data: Data, { words, unit }: Manner, index: number | null): void {
    const time = index === null ? undefined : data.times[index];
    output.replaceChildren();
    if (index === null || time === undefined) return;
    output.append(words.moment(time));
    for (const series of data.series) {
      const value = series.values[index] ?? null;
      const strong = document.createElement("b");
      strong.textContent =
        value === null ? (this.dataset.none ?? "–") : `${words.number(value)} ${unit}`.trim();
      output.append(" · ", ...(data.series.length > 1 ? [`${series.title} `] : []), strong);
    }
  }
}

function sample(token: string, dash: number[], area: boolean): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, area ? "rect" : "path");
  const look = area
    ? { x: "1", y: "1", width: "22", height: "10", fill: colour(token, 0.3), stroke: colour(token) }
    : { d: "M0 6H24", stroke: colour(token), "stroke-width": "2.500", "stroke-dasharray": dash.join(" ") };
  svg.setAttribute("viewBox", "0 0 24 12");
  svg.setAttribute("aria-hidden", "true");
  for (const [name, value] of Object.entries(look)) line.setAttribute(name, value);
  svg.append(line);
  return svg;
}

customElements.define("candia-chart", CandiaChart);
