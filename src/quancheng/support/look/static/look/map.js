/* Draws maps with MapLibre in the colours of the tokens: shapes from the page itself, no tiles, nothing from elsewhere.
   The table in the page says the same without it. */
import { LngLatBounds, Map as Sheet, NavigationControl } from "../vendor/maplibre/maplibre-gl.mjs";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function paints() {
  const levels = [1, 2, 3, 4, 5].flatMap((level) => [level, token(`heat-${level}`)]);
  return {
    ground: { "background-color": token("surface-2") },
    places: { "fill-color": ["match", ["get", "level"], ...levels, token("surface")] },
    borders: { "line-color": token("ink-2"), "line-width": 1 },
    chosen: { "line-color": token("ink"), "line-width": 3 },
    names: { "text-color": token("on-heat") },
  };
}

function layers() {
  const paint = paints();
  const nothing = ["==", ["get", "code"], ""];
  return [
    { id: "ground", type: "background", paint: paint.ground },
    { id: "places", type: "fill", source: "places", paint: paint.places },
    { id: "borders", type: "line", source: "places", paint: paint.borders },
    { id: "chosen", type: "line", source: "places", paint: paint.chosen, filter: nothing },
    {
      id: "names", type: "symbol", source: "places", paint: paint.names,
      layout: {
        "text-field": ["concat", ["get", "name"], "\n", ["to-string", ["coalesce", ["get", "value"], "—"]]],
        "text-font": ["sans-serif"], "text-size": 12, "text-max-width": 5, "text-allow-overlap": true,
      },
    },
  ];
}

function show(figure) {
  const canvas = figure.querySelector("[data-qc-map-canvas]");
  const { shapes } = JSON.parse(figure.querySelector("[data-qc-map-data]").textContent);
  if (!shapes.features.length) return;
  const bounds = new LngLatBounds();
  const widen = (point) => (typeof point[0] === "number" ? bounds.extend(point) : point.forEach(widen));
  shapes.features.forEach((shape) => widen(shape.geometry.coordinates));
  canvas.hidden = false;
  const title = figure.querySelector("figcaption").textContent.trim();
  const { labelZoomIn, labelZoomOut } = figure.dataset;
  let sheet;
  try {
    sheet = new Sheet({
      container: canvas,
      bounds,
      style: { version: 8, sources: { places: { type: "geojson", data: shapes } }, layers: layers() },
      locale: { "Map.Title": title, "NavigationControl.ZoomIn": labelZoomIn, "NavigationControl.ZoomOut": labelZoomOut },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      // The page is what the wheel scrolls; two fingers, the keys and the buttons move the map.
      cooperativeGestures: false,
      scrollZoom: false,
      renderWorldCopies: false,
    });
  } catch {
    // No WebGL here: the table stays open.
    canvas.hidden = true;
    return;
  }
  sheet.touchZoomRotate.disableRotation();
  sheet.addControl(new NavigationControl({ showCompass: false }));
  sheet.on("mousemove", "places", (event) => sheet.setFilter("chosen", ["==", ["get", "code"], event.features[0].properties.code]));
  sheet.on("mouseleave", "places", () => sheet.setFilter("chosen", ["==", ["get", "code"], ""]));
  const fit = () => sheet.fitBounds(bounds, { padding: 24, animate: false });
  sheet.on("resize", fit);
  sheet.on("load", () => {
    fit();
    figure.querySelector("details").open = false;
    figure.dataset.qcMap = "shown";
  });
  const repaint = () => {
    Object.entries(paints()).forEach(([layer, values]) => Object.entries(values).forEach(([name, value]) => sheet.setPaintProperty(layer, name, value)));
  };
  new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-contrast"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

document.querySelectorAll("[data-qc-map]").forEach(show);
