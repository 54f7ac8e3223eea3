// Conditional questions come and go while a form is filled in. The server decides which count; this only asks it and
// shows the answer. Without this script every question stays visible, and the server drops what does not count.

const PAUSE = 250;

interface Standing {
  shown: string[];
  required: string[];
}

export function watchForm(form: HTMLElement): void {
  const url = form.dataset.standing ?? form.closest<HTMLElement>("[data-standing]")?.dataset.standing;
  const page = form.closest("form");
  const conditional = Array.from(form.querySelectorAll<HTMLElement>("[data-show-if]"));
  if (!url || !page || conditional.length === 0) return;
  const depends = new Set(conditional.flatMap((element) => (element.dataset.depends ?? "").split(" ")));
  let waiting: number | undefined;
  let asked = 0;

  const ask = async (): Promise<void> => {
    const mine = ++asked;
    try {
      const answer = await fetch(url, { method: "POST", body: answers(page), headers: { Accept: "application/json" } });
      if (!answer.ok || mine !== asked) return;
      apply(form, conditional, (await answer.json()) as Standing);
    } catch {
      // No connection: what is shown stays as it is, and the server will say what is missing.
      delete form.dataset.live;
    }
  };

  form.addEventListener("change", (event) => {
    const name = (event.target as HTMLInputElement | null)?.name ?? "";
    if (!name.split(".").some((segment) => depends.has(segment))) return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void ask(), PAUSE);
  });
  page.addEventListener("submit", () => window.clearTimeout(waiting));
  form.dataset.live = "";
}

/** What was typed, without files: which questions count does not hang on what is in them. */
function answers(page: HTMLFormElement): FormData {
  const data = new FormData(page);
  for (const [name, value] of Array.from(data.entries())) if (value instanceof File) data.delete(name);
  return data;
}

function apply(form: HTMLElement, conditional: HTMLElement[], standing: Standing): void {
  const shown = new Set(standing.shown);
  for (const element of conditional) {
    const name = element.dataset.name;
    const counts = name ? shown.has(name) : Array.from(names(element)).some((inner) => shown.has(inner));
    element.dataset.shown = counts ? "1" : "0";
  }
  form.dataset.live = "";
}

function* names(element: HTMLElement): Generator<string> {
  for (const input of element.querySelectorAll<HTMLInputElement>("[name]")) yield input.name;
}

export function offerPosition(form: HTMLElement, words: string): void {
  if (!("geolocation" in navigator)) return;
  for (const input of form.querySelectorAll<HTMLInputElement>("[data-coordinates]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-secondary mt-2";
    button.textContent = words;
    button.addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        input.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
    input.insertAdjacentElement("afterend", button);
  }
}

for (const form of document.querySelectorAll<HTMLElement>(".siproc-form")) {
  watchForm(form);
  offerPosition(form, document.documentElement.lang === "en" ? "Use my position" : "Usar mi ubicación");
}
