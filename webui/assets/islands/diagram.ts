// What the viewer and the editor share: reading the page's data and saying what went wrong.

export interface Marks {
  [element: string]: { live?: number; late?: number; done?: number; missed?: number };
}

export function data<T>(id: string): T {
  const node = document.getElementById(id);
  return JSON.parse(node?.textContent ?? "null") as T;
}

export function badge(text: string, kind: string, title: string): HTMLElement {
  const node = document.createElement("span");
  node.className = `token token-${kind}`;
  node.textContent = text;
  node.title = title;
  return node;
}
