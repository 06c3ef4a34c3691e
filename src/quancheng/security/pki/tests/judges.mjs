// Judges out of npm: sm-crypto on SM2 signatures and SM3 digests, acme-client as an ACME client of other people.
// Reads one JSON argument, prints one JSON line.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const wish = JSON.parse(process.argv[3]);
const bytes = (hex) => Array.from(Buffer.from(hex, "hex"));
const steps = {
  sm2() {
    const { sm2, sm3 } = require("sm-crypto");
    const form = { der: true, hash: true }, pair = sm2.generateKeyPairHex();
    return {
      believed: wish.signed.map(([key, content, signature]) =>
        sm2.doVerifySignature(bytes(content), signature, key, form)),
      digests: wish.signed.map(([, content]) => sm3(bytes(content))),
      public: pair.publicKey,
      signature: sm2.doSignature(bytes(wish.content), pair.privateKey, { ...form, publicKey: pair.publicKey }),
    };
  },
  async acme() {
    const acme = require("acme-client");
    const client = new acme.Client({
      directoryUrl: wish.directory,
      accountKey: await acme.crypto.createPrivateKey(),
      externalAccountBinding: { kid: wish.kid, hmacKey: wish.secret },
      backoffMin: 100, backoffMax: 500,
    });
    const [key, csr] = await acme.crypto.createCsr({ commonName: wish.names[0], altNames: wish.names });
    const chain = await client.auto({
      csr, email: "a@jinan.example", termsOfServiceAgreed: true, skipChallengeVerification: true,
      challengePriority: ["http-01"],
      challengeCreateFn: async (_authz, challenge, text) => writeFileSync(`${wish.folder}/${challenge.token}`, text),
      challengeRemoveFn: async () => {},
    });
    return { chain: chain.toString(), fits: key.length > 0 };
  },
};
console.log(JSON.stringify(await steps[wish.step]()));
