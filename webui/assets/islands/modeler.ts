// The editor of procedures: draw, save a draft, check, publish. What is typed or drawn is never lost by an error.
import "camunda-bpmn-js/dist/assets/camunda-cloud-modeler.css";
import "./modeler.css";
import CamundaCloudModeler from "camunda-bpmn-js/lib/camunda-cloud/Modeler";
import { spanish } from "./spanish";

interface Finding {
  rule: string;
  severity: "error" | "warning" | "info";
  mend: string;
  element: string | null;
  name: string | null;
  line: number | null;
  text: string;
}
interface Answer {
  ok: boolean;
  message: string;
  version?: number;
  findings?: Finding[];
  url?: string;
  confirm?: boolean;
}

const room = document.getElementById("editor") as HTMLElement;
const language = document.documentElement.lang;

function translate(template: string, replacements: Record<string, string> = {}): string {
  const text = (language === "es" && spanish[template]) || template;
  return text.replace(/{([^}]+)}/g, (_, key: string) => replacements[key] ?? `{${key}}`);
}

const modeler = new (CamundaCloudModeler as any)({
  container: "#canvas",
  propertiesPanel: { parent: "#properties" },
  additionalModules: [{ translate: ["value", translate] }],
  exporter: { name: "SIPROC", version: "1" },
});

let version = Number(room.dataset.version ?? "0");
let dirty = false;
const status = document.getElementById("status") as HTMLElement;
const list = document.getElementById("findings") as HTMLElement;

function say(text: string, kind: "" | "bad" | "good" = ""): void {
  status.textContent = text;
  status.className = `status ${kind}`;
}

function show(findings: Finding[]): void {
  const overlays = modeler.get("overlays");
  const registry = modeler.get("elementRegistry");
  overlays.remove({ type: "finding" });
  list.replaceChildren();
  const seen = new Map<string, Finding[]>();
  for (const finding of findings) {
    const item = document.createElement("li");
    item.className = finding.severity;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${finding.name || finding.element || ""}: ${finding.text}`.replace(/^: /, "");
    button.addEventListener("click", () => {
      const element = finding.element && registry.get(finding.element);
      if (element) {
        modeler.get("selection").select(element);
        modeler.get("canvas").scrollToElement(element, 120);
      }
    });
    item.append(button);
    if (finding.mend) {
      const mend = document.createElement("p");
      mend.textContent = finding.mend;
      item.append(mend);
    }
    list.append(item);
    if (finding.element && finding.severity !== "info") seen.set(finding.element, [...(seen.get(finding.element) ?? []), finding]);
  }
  for (const [id, group] of seen) {
    const element = registry.get(id);
    if (!element) continue;
    const mark = document.createElement("span");
    mark.className = `finding ${group.some((f) => f.severity === "error") ? "error" : "warning"}`;
    mark.textContent = String(group.length);
    mark.title = group.map((f) => f.text).join("\n");
    overlays.add(id, "finding", { position: { bottom: 12, left: -10 }, html: mark });
  }
}

async function send(action: string, anyway = false): Promise<Answer | null> {
  say(room.dataset.working ?? "");
  const { xml } = await modeler.saveXML({ format: true });
  const body = new FormData();
  body.set("csrf_token", room.dataset.csrf ?? "");
  body.set("xml", xml);
  body.set("version", String(version));
  if (anyway) body.set("anyway", "1");
  try {
    const response = await fetch(room.dataset[action] ?? "", { method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" } });
    const answer = (await response.json()) as Answer;
    if (answer.version !== undefined) version = answer.version;
    if (answer.findings) show(answer.findings);
    say(answer.message, answer.ok ? "good" : "bad");
    if (answer.ok && action !== "check") dirty = false;
    return answer;
  } catch {
    say(room.dataset.offline ?? "", "bad");
    return null;
  }
}

async function open(): Promise<void> {
  const response = await fetch(room.dataset.xml ?? "", { credentials: "same-origin" });
  await modeler.importXML(await response.text());
  modeler.get("canvas").zoom("fit-viewport", "auto");
  modeler.on("commandStack.changed", () => {
    dirty = true;
    say(room.dataset.unsaved ?? "");
  });
  room.dataset.ready = "1";
  (window as any).siprocModeler = modeler;
}

document.getElementById("save")?.addEventListener("click", () => void send("save"));
document.getElementById("check")?.addEventListener("click", () => void send("check"));
document.getElementById("publish")?.addEventListener("click", async () => {
  let answer = await send("publish");
  // Its scenarios fail or were not played: the designer decides, knowing it.
  if (answer?.confirm && window.confirm(answer.message)) answer = await send("publish", true);
  if (answer?.ok && answer.url) window.location.assign(answer.url);
});
document.getElementById("download")?.addEventListener("click", async () => {
  const { xml } = await modeler.saveXML({ format: true });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([xml], { type: "application/xml" }));
  link.download = `${room.dataset.name ?? "proceso"}.bpmn`;
  link.click();
  URL.revokeObjectURL(link.href);
});
window.addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    void send("save");
  }
});
open().catch((error: Error) => say(`${room.dataset.unreadable ?? ""} ${error.message}`, "bad"));
