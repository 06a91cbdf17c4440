class CandiaMap extends HTMLElement {} 
customElements.define("candia-map", CandiaMap);
