// What a department's system does at sign-in, with the certified library openid-client. Reads one JSON argument,
// prints one JSON line. Steps: "start" (discovery, address to send the person to), "finish" (code for tokens, the
// library checks signature, issuer, audience, nonce, state and PKCE), "alone" (client credentials).
import { webcrypto } from "node:crypto";
import * as openid from "openid-client";

// Debian 12's node 18 keeps WebCrypto in a module; the library looks for it where node 20 and browsers have it.
globalThis.crypto ??= webcrypto;

const wish = JSON.parse(process.argv[2]);
const config = await openid.discovery(
  new URL(wish.issuer), wish.client_id, { client_secret: wish.secret }, undefined,
  { execute: [openid.allowInsecureRequests] },
);
const steps = {
  async start() {
    const verifier = openid.randomPKCECodeVerifier(), state = openid.randomState(), nonce = openid.randomNonce();
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: wish.callback, scope: wish.scope, state, nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
    });
    return { url: url.href, verifier, state, nonce };
  },
  async finish() {
    const tokens = await openid.authorizationCodeGrant(config, new URL(wish.returned), {
      pkceCodeVerifier: wish.verifier, expectedState: wish.state, expectedNonce: wish.nonce, idTokenExpected: true,
    });
    const claims = tokens.claims();
    const told = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
    const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token);
    return { claims, told, renewed: Boolean(renewed.access_token) };
  },
  async alone() {
    const tokens = await openid.clientCredentialsGrant(config, { scope: "openid" });
    return { type: tokens.token_type, token: Boolean(tokens.access_token) };
  },
};
try {
  console.log(JSON.stringify(await steps[wish.step]()));
} catch (error) {
  console.log(JSON.stringify({ error: error.error ?? error.code ?? String(error), text: error.error_description ?? error.message }));
}
