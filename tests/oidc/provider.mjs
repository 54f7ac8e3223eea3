// A directory for the tests: oidc-provider with two clients, a few people in groups, and a plain sign-in page.
// Usage: node provider.mjs PORT REDIRECT_URI
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const strong = "urn:siproc:two-factors";
const people = {
  eva: { name: "Eva Díaz", email: "eva@rree.example", groups: ["agentes-tapachula"] },
  saul: { name: "Saúl Mejía", email: "saul@rree.example", groups: ["supervision", "otros"] },
  nadie: { name: "Nadie", email: "nadie@rree.example", groups: ["otros"] },
  ana: { name: "Ana", email: "ana@x.hn", groups: ["agentes-tapachula"] },
};
const client = (id) => ({ client_id: id, client_secret: `secret-of-${id}`, redirect_uris: [redirect] });

const provider = new Provider(issuer, {
  clients: [client("siproc"), client("another")],
  pkce: { required: () => true },
  claims: { openid: ["sub", "acr", "auth_time"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  acrValues: [strong],
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email_verified: true, ...people[id] }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile groups");
    await grant.save();
    return grant;
  },
});
const handle = provider.callback();

createServer(async (request, response) => {
  if (!request.url.startsWith("/sign-in/")) return handle(request, response);
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    return response.end(`<!doctype html><html lang="es"><meta name="viewport" content="width=device-width">
      <title>Directorio</title><h1>Directorio</h1><form method="post"><label>Usuario <input name="login"></label>
      <label><input type="checkbox" name="strong" value="1"> Dos factores</label><button>Entrar</button></form>`);
  }
  let body = "";
  for await (const part of request) body += part;
  const form = new URLSearchParams(body);
  const login = { accountId: form.get("login"), ...(form.get("strong") ? { acr: strong } : {}) };
  await provider.interactionFinished(request, response, { login });
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
