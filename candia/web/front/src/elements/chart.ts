class CandiaChart extends HTMLElement {}
customElements.define("candia-chart", CandiaChart);
