// Judges our envelopes, checkpoints and inclusion proofs with what npm verifies provenance with.
// Reads a JSON array of cases from standard input, writes true or false for each:
//   {kind: "pae", type, payload, pae}            is this the pre-authentication encoding?
//   {kind: "checkpoint", note, name, key}        does the named Ed25519 key sign this note?
//   {kind: "inclusion", note, name, key, index, hashes, entry}   and is the entry in its tree?
// Binary values are base64; `key` is SPKI in DER.
"use strict";

const path = require("node:path");
const { createHash, createPublicKey } = require("node:crypto");

// packages list no internal modules; a path to the file itself asks nobody
const verify = path.join(path.dirname(require.resolve("@sigstore/verify")), "tlog");
const { verifyCheckpoint } = require(path.join(verify, "checkpoint.js"));
const { verifyMerkleInclusion } = require(path.join(verify, "merkle.js"));
const { dsse } = require("@sigstore/core");

const bytes = (text) => Buffer.from(text, "base64");

function logOf({ name, key }) {
  const der = bytes(key);
  const raw = der.subarray(der.length - 32);
  const id = createHash("sha256").update(name).update(Buffer.from([0x0a, 0x01])).update(raw);
  return {
    baseURL: name,
    logID: id.digest(),
    publicKey: createPublicKey({ key: der, format: "der", type: "spki" }),
  };
}

function judge(one) {
  if (one.kind === "pae") {
    return dsse.preAuthEncoding(one.type, bytes(one.payload)).equals(bytes(one.pae));
  }
  const entry = {
    inclusionProof: {
      checkpoint: { envelope: bytes(one.note).toString("utf-8") },
      logIndex: String(one.index ?? 0),
      hashes: (one.hashes ?? []).map(bytes),
    },
    canonicalizedBody: bytes(one.entry ?? ""),
  };
  const checkpoint = verifyCheckpoint(entry, [logOf(one)]);
  if (one.kind === "inclusion") {
    verifyMerkleInclusion(entry, checkpoint);
  }
  return true;
}

function verdict(one) {
  try {
    return judge(one);
  } catch (error) {
    if (error.constructor.name === "VerificationError") {
      return false;
    }
    throw error;
  }
}

let input = "";
process.stdin.setEncoding("utf-8");
process.stdin.on("data", (piece) => (input += piece));
process.stdin.on("end", () => {
  process.stdout.write(JSON.stringify(JSON.parse(input).map(verdict)) + "\n");
});
