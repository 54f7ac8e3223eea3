// Files of a form: sent as soon as they are chosen, so that nothing is lost later; and a place to sign with a finger.
// Without this script they are sent with the form, or by the button beside the field.

interface Answer {
  items: string;
  problem: string;
}

// Each ends with whether the form may go on without the person: nothing was refused.
const waiting = new Set<Promise<boolean>>();

function form(box: HTMLElement): HTMLFormElement {
  return box.closest("form") as HTMLFormElement;
}

function say(box: HTMLElement, text: string, wrong: boolean): void {
  let place = box.querySelector<HTMLElement>("[data-told]");
  if (!place) {
    place = document.createElement("p");
    place.dataset.told = "";
    place.setAttribute("role", "status");
    box.append(place);
  }
  place.className = wrong ? "invalid-feedback d-block" : "form-text";
  place.textContent = text;
}

async function send(box: HTMLElement, file: File): Promise<boolean> {
  const data = new FormData();
  const name = box.dataset.field ?? "";
  data.append("csrf_token", (form(box).elements.namedItem("csrf_token") as HTMLInputElement).value);
  const keep = box.querySelector<HTMLInputElement>(`[name="_conservar:${CSS.escape(name)}"]`);
  if (keep?.checked) data.append(keep.name, "1");
  const written = box.querySelector<HTMLInputElement>(`input[name="${CSS.escape(name)}"]:not([type=hidden])`);
  data.append("escrito", written?.value ?? "");
  data.append(`_archivo:${name}`, file, file.name);
  const response = await fetch(box.dataset.files ?? "", { method: "POST", body: data, headers: { Accept: "application/json" } });
  if (!response.headers.get("Content-Type")?.includes("json")) throw new Error(String(response.status));
  const answer = (await response.json()) as Partial<Answer> & { message?: string };
  const problem = answer.problem || (response.ok ? "" : (answer.message ?? String(response.status)));
  if (problem) {
    say(box, problem, true);
    return false;
  }
  const list = box.querySelector<HTMLElement>(".siproc-attached");
  if (!list) return false;
  if (box.dataset.several === undefined) {
    list.replaceChildren();
    // One answer: the file stands for what was written.
    if (written) written.disabled = true;
  }
  list.insertAdjacentHTML("beforeend", answer.items ?? "");
  say(box, "", false);
  return true;
}

function start(box: HTMLElement, work: () => Promise<boolean>): void {
  say(box, box.dataset.sending ?? "", false);
  const running = work().catch(() => {
    say(box, box.dataset.notSent ?? "", true);
    return true;
  });
  waiting.add(running);
  void running.finally(() => waiting.delete(running));
}

function receive(box: HTMLElement): void {
  box.dataset.live = "";
  box.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.type !== "file" || !input.files?.length) return;
    const files = Array.from(input.files);
    start(box, async () => {
      let all = true;
      for (const file of files) all = (await send(box, file)) && all;
      // What was refused is not sent again with the form; what could not be sent (above) is.
      input.value = "";
      return all;
    });
  });
  box.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-remove]");
    if (!button) return;
    event.preventDefault();
    const data = new FormData();
    data.append("csrf_token", (form(box).elements.namedItem("csrf_token") as HTMLInputElement).value);
    // Whose file it is not keeps it in the case; the form names it no more in any event.
    void fetch(button.dataset.remove ?? "", { method: "POST", body: data, headers: { Accept: "application/json" } });
    button.closest("[data-attached]")?.remove();
    for (const input of box.querySelectorAll<HTMLInputElement>("input:disabled")) input.disabled = false;
    box.querySelector<HTMLInputElement>("input[type=file]")?.focus();
  });
}

function sign(box: HTMLElement): void {
  const place = box.querySelector<HTMLElement>("[data-signing]");
  const canvas = place?.querySelector("canvas");
  const pen = canvas?.getContext("2d");
  if (!place || !canvas || !pen) return;
  place.hidden = false;
  let drawn = false;
  const clear = (): void => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    drawn = false;
  };
  const at = (event: PointerEvent): [number, number] => {
    const around = canvas.getBoundingClientRect();
    const scale = canvas.width / around.width;
    return [(event.clientX - around.left) * scale, (event.clientY - around.top) * scale];
  };
  clear();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pen.strokeStyle = "#0b1a28";
    pen.lineWidth = 3.5;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...at(event));
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    pen.lineTo(...at(event));
    pen.stroke();
    drawn = true;
  });
  const use = (): void => {
    if (!drawn) return;
    drawn = false;
    start(box, async () => {
      const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
      if (!blob) return false;
      const file = new File([blob], "firma.png", { type: "image/png" });
      const input = box.querySelector<HTMLInputElement>("input[type=file]");
      const kept = new DataTransfer();
      kept.items.add(file);
      if (input) input.files = kept.files; // so it goes with the form, should it not be sent now
      const taken = await send(box, file);
      if (input) input.value = "";
      if (taken) clear();
      return taken;
    });
  };
  place.querySelector("[data-clear]")?.addEventListener("click", clear);
  place.querySelector("[data-use]")?.addEventListener("click", use);
  // A signature that was drawn and not confirmed is meant all the same.
  form(box).addEventListener("submit", use, { capture: true });
}

const boxes = document.querySelectorAll<HTMLElement>("[data-files]");
boxes.forEach(receive);
document.querySelectorAll<HTMLElement>("[data-signature]").forEach(sign);

// A form that is sent while a file is under way waits for it.
const page = boxes[0] ? form(boxes[0]) : null;
page?.addEventListener(
  "submit",
  (event) => {
    if (waiting.size === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = (event as SubmitEvent).submitter;
    void Promise.all(Array.from(waiting)).then((ends) => {
      if (ends.every(Boolean)) page.requestSubmit(button);
      else page.querySelector("[data-told].invalid-feedback")?.scrollIntoView({ block: "center" });
    });
  },
  { capture: true },
);
