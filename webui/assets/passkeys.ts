// Passkeys: the form's button asks the browser, and its answer goes with the form. Nothing else needs a script.
type Bytes = ArrayBuffer;

function toBytes(text: string): Bytes {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function toText(bytes: Bytes | null): string | null {
  if (!bytes) return null;
  const plain = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function create(options: any): Promise<object> {
  options.challenge = toBytes(options.challenge);
  options.user.id = toBytes(options.user.id);
  for (const known of options.excludeCredentials ?? []) known.id = toBytes(known.id);
  const made = (await navigator.credentials.create({ publicKey: options })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id,
    rawId: toText(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      attestationObject: toText(response.attestationObject),
    },
    clientExtensionResults: {},
  };
}

async function get(options: any): Promise<object> {
  options.challenge = toBytes(options.challenge);
  const found = (await navigator.credentials.get({ publicKey: options })) as PublicKeyCredential;
  const response = found.response as AuthenticatorAssertionResponse;
  return {
    id: found.id,
    rawId: toText(found.rawId),
    type: found.type,
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      userHandle: toText(response.userHandle),
    },
    clientExtensionResults: {},
  };
}

document.querySelectorAll<HTMLFormElement>("form[data-passkey]").forEach((form) => {
  if (!window.PublicKeyCredential) return;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector<HTMLElement>("[data-failed]");
    if (failed) failed.hidden = true;
    try {
      const options = JSON.parse(form.dataset.options ?? "{}");
      const answer = await (form.dataset.passkey === "create" ? create(options) : get(options));
      (form.elements.namedItem("answer") as HTMLInputElement).value = JSON.stringify(answer);
      form.submit();
    } catch {
      if (failed) failed.hidden = false;
    }
  });
});
