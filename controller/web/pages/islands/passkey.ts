// Passkeys: signing in by what the phone or the computer keeps, and adding one.
// Binary fields travel as base64url; older browsers do not turn them by
// themselves.

import { get, post, sentence } from "./api";
import { tell } from "./dom";

type Options = { publicKey: any };

function bytes(s: string): ArrayBuffer {
  const raw = atob(s.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0)).buffer;
}

function text(b: ArrayBuffer | null): string | undefined {
  if (!b) return undefined;
  return btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// wanted is the question as the browser takes it.
function wanted({ publicKey: k }: Options): any {
  const ids = (list?: any[]) => list?.map((c) => ({ ...c, id: bytes(c.id) }));
  return {
    ...k,
    challenge: bytes(k.challenge),
    ...(k.user && { user: { ...k.user, id: bytes(k.user.id) } }),
    ...(k.excludeCredentials && { excludeCredentials: ids(k.excludeCredentials) }),
    ...(k.allowCredentials && { allowCredentials: ids(k.allowCredentials) }),
  };
}

// given is the browser's answer as it travels.
function given(c: PublicKeyCredential): unknown {
  const r = c.response as any;
  return {
    id: c.id,
    rawId: text(c.rawId),
    type: c.type,
    authenticatorAttachment: c.authenticatorAttachment ?? undefined,
    clientExtensionResults: c.getClientExtensionResults(),
    response: {
      clientDataJSON: text(r.clientDataJSON),
      attestationObject: text(r.attestationObject),
      authenticatorData: text(r.authenticatorData),
      signature: text(r.signature),
      userHandle: text(r.userHandle),
      transports: r.getTransports?.(),
    },
  };
}

// aborted is a person who changed their mind: nothing to complain of.
const aborted = (err: unknown) => err instanceof DOMException && (err.name === "NotAllowedError" || err.name === "AbortError");

// run does one ceremony for a form's button, and says what went wrong.
function on(form: HTMLFormElement, does: () => Promise<void>): void {
  const wrong = form.querySelector<HTMLElement>("[role=alert]")!;
  const button = form.querySelector("button")!;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    tell(wrong, "");
    try {
      await does();
    } catch (err) {
      if (!aborted(err)) tell(wrong, sentence(err));
    } finally {
      button.disabled = false;
    }
  });
}

const signIn = document.querySelector<HTMLFormElement>("#passkey-signin");
const add = document.querySelector<HTMLFormElement>("#passkey-add");
const able = window.isSecureContext && "PublicKeyCredential" in window && !/^[\d.]+$|:/.test(location.hostname);

if (able && signIn) {
  on(signIn, async () => {
    const question = await get<Options>("/session/passkey");
    const answer = await navigator.credentials.get({ publicKey: wanted(question) });
    await post("/session/passkey", { credential: given(answer as PublicKeyCredential) });
    location.assign(signIn.dataset.next || "/");
  });
}

if (able && add) {
  const password = add.querySelector<HTMLInputElement>("[name=password]")!;
  const name = add.querySelector<HTMLInputElement>("[name=name]")!;
  on(add, async () => {
    const question = await post<Options>("/passkeys/begin", { password: password.value });
    const answer = await navigator.credentials.create({ publicKey: wanted(question) });
    await post("/passkeys", { name: name.value, credential: given(answer as PublicKeyCredential) });
    location.reload();
  });
}
