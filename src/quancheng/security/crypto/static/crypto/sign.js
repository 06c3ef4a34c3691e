// Signs a document with a key out of a PKCS#12 file (RFC 7292) as detached CMS (RFC 5652), P-256 with SHA-256.
// File, key and passphrase never leave this page: their fields have no names, and only digest and signature are sent.
import * as asn1js from "../vendor/asn1js/index.js";
import * as pkijs from "../vendor/pkijs/index.js";

const form = document.getElementById("sign");
const problem = document.getElementById("sign-problem");
const fields = ["document", "container", "passphrase"].map((name) => document.getElementById(`sign-${name}`));
const P256 = { name: "ECDSA", namedCurve: "P-256" };
const ECDSA = { name: "ECDSA", hash: "SHA-256" };
const BAG = "1.2.840.113549.1.12.10.1.";
const ATTRIBUTE = "1.2.840.113549.1.9.";

class Problem extends Error {}

// PKCS#12 takes passphrases as big-endian UTF-16; pkijs converts them from UTF-8.
const bytesOf = (text) => new TextEncoder().encode(text).buffer;
const hex = (buffer) => Array.from(new Uint8Array(buffer), (octet) => octet.toString(16).padStart(2, "0")).join("");
const base64 = (buffer) => btoa(Array.from(new Uint8Array(buffer), (octet) => String.fromCharCode(octet)).join(""));

/** Return the private key (DER of PKCS#8) and the certificates in a PKCS#12 file. */
async function unpack(content, passphrase) {
  const password = bytesOf(passphrase);
  const file = pkijs.PFX.fromBER(content);
  await file.parseInternalValues({ password, checkIntegrity: true });
  const safe = file.parsedValue.authenticatedSafe;
  await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password })) });
  const found = { key: null, certificates: [] };
  for (const contents of safe.parsedValue.safeContents) {
    for (const bag of contents.value.safeBags) {
      if (bag.bagId === `${BAG}2`) {
        await bag.bagValue.parseInternalValues({ password });
        found.key = bag.bagValue.parsedValue.toSchema().toBER(false);
      } else if (bag.bagId === `${BAG}1`) {
        found.key = bag.bagValue.toSchema().toBER(false);
      } else if (bag.bagId === `${BAG}3` && bag.bagValue.parsedValue) {
        found.certificates.push(bag.bagValue.parsedValue);
      }
    }
  }
  return found;
}

/** Return the certificate of the key among those given: the one that verifies what the key signs. */
async function own(key, certificates) {
  const trial = crypto.getRandomValues(new Uint8Array(32));
  const signed = await crypto.subtle.sign(ECDSA, key, trial);
  for (const certificate of certificates) {
    try {
      const spki = certificate.subjectPublicKeyInfo.toSchema().toBER(false);
      const known = await crypto.subtle.importKey("spki", spki, P256, false, ["verify"]);
      if (await crypto.subtle.verify(ECDSA, known, signed, trial)) return certificate;
    } catch {
      // A certificate with another kind of key stands above ours.
    }
  }
  throw new Problem(form.dataset.unfit);
}

/** Return the CMS SignedData (DER) over a document's digest. */
async function sign(digest, key, certificate, certificates) {
  const attribute = (number, value) => new pkijs.Attribute({ type: ATTRIBUTE + number, values: [value] });
  const message = new pkijs.SignedData({
    version: 1,
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: "1.2.840.113549.1.7.1" }),
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
        // In the order of DER, because everybody who checks a SET OF sorts it first.
        signedAttrs: new pkijs.SignedAndUnsignedAttributes({
          type: 0,
          attributes: [
            attribute("3", new asn1js.ObjectIdentifier({ value: "1.2.840.113549.1.7.1" })),
            attribute("5", new asn1js.UTCTime({ valueDate: new Date() })),
            attribute("4", new asn1js.OctetString({ valueHex: digest })),
          ],
        }),
      }),
    ],
    certificates,
  });
  await message.sign(key, 0, "SHA-256");
  const info = new pkijs.ContentInfo({ contentType: "1.2.840.113549.1.7.2", content: message.toSchema(true) });
  return info.toSchema().toBER(false);
}

async function prepare() {
  const [documents, containers, passphrase] = [fields[0].files, fields[1].files, fields[2].value];
  if (!documents.length || !containers.length) throw new Problem(form.dataset.missing);
  const digest = await crypto.subtle.digest("SHA-256", await documents[0].arrayBuffer());
  let found;
  try {
    found = await unpack(await containers[0].arrayBuffer(), passphrase);
  } catch {
    throw new Problem(form.dataset.wrong);
  }
  let key;
  try {
    // Not extractable: even this page cannot read it again.
    key = await crypto.subtle.importKey("pkcs8", found.key, P256, false, ["sign"]);
  } catch {
    throw new Problem(form.dataset.unfit);
  }
  const certificate = await own(key, found.certificates);
  const signature = await sign(digest, key, certificate, found.certificates);
  form.elements.title.value = documents[0].name.slice(0, 200);
  form.elements.digest.value = hex(digest);
  form.elements.signature.value = base64(signature);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    await prepare();
    fields[2].value = "";
    form.submit();
  } catch (error) {
    button.disabled = false;
    problem.textContent = error instanceof Problem ? error.message : form.dataset.unfit;
    problem.hidden = false;
    problem.focus();
  }
});
