// Shows a diagram with its live tokens: how many wait at an element, how many of them are late, what is done.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./viewer.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { badge, type Marks } from "./diagram";

async function show(box: HTMLElement): Promise<void> {
  const response = await fetch(box.dataset.xml ?? "", { credentials: "same-origin" });
  if (!response.ok) throw new Error(String(response.status));
  const marks: Marks = JSON.parse(box.dataset.marks ?? "{}");
  const viewer = new NavigatedViewer({ container: box });
  await viewer.importXML(await response.text());
  const canvas = viewer.get("canvas") as any;
  const overlays = viewer.get("overlays") as any;
  const registry = viewer.get("elementRegistry") as any;
  let first: any = null;
  for (const [id, mark] of Object.entries(marks)) {
    const element = registry.get(id);
    if (!element) continue;
    if (mark.done) canvas.addMarker(id, "done");
    if (mark.missed) canvas.addMarker(id, "missed");
    if (mark.live) {
      canvas.addMarker(id, mark.late ? "live-late" : "live");
      first = first ?? element;
      const title = (box.dataset.live ?? "").replace("{n}", String(mark.live));
      overlays.add(id, { position: { top: -14, right: 14 }, html: badge(String(mark.live), mark.late ? "late" : "live", title) });
    }
  }
  canvas.zoom("fit-viewport", "auto");
  // Where the whole diagram is too small to read, look at where the case is.
  if (first && canvas.zoom() < 0.45) {
    const scale = 0.75;
    const width = box.clientWidth / scale;
    const height = box.clientHeight / scale;
    const x = first.x + (first.width ?? 0) / 2 - width / 2;
    const y = first.y + (first.height ?? 0) / 2 - height / 2;
    canvas.viewbox({ x, y, width, height });
  }
  box.querySelector<HTMLElement>("[data-loading]")?.remove();
  box.dataset.ready = "1";
  const fit = document.querySelector<HTMLElement>(`[data-fit="${box.id}"]`);
  fit?.addEventListener("click", () => canvas.zoom("fit-viewport", "auto"));
}

function start(box: HTMLElement): void {
  show(box).catch(() => {
    const message = box.querySelector<HTMLElement>("[data-loading]");
    if (message) message.textContent = box.dataset.failed ?? "";
  });
}

// What is folded has no size to fit a diagram into: it waits until it is opened.
document.querySelectorAll<HTMLElement>("[data-diagram]").forEach((box) => {
  const fold = box.closest("details");
  if (fold && !fold.open) fold.addEventListener("toggle", () => start(box), { once: true });
  else start(box);
});
